/* Fixed-point functions with the rounding of the reference (gemmlowp's). Qm.n below: m integer bits, n fraction
 * bits, sign apart, in 32 bits. */
#ifndef NN_FIXED_POINT_H
#define NN_FIXED_POINT_H

#include <stdint.h>

/* exp(x) in Q0.31 for x <= 0 in Q`integer_bits`; 4 or 5 integer bits. */
int32_t nn_fixed_exp(int32_t x, int32_t integer_bits);

/* 1 / (1 + x) in Q0.31 for x in [0, 1] in Q0.31. */
int32_t nn_fixed_one_over_one_plus(int32_t x);

/* (1 - x) / (1 + x) in Q0.31 for x in [0, 1] in Q0.31. */
int32_t nn_fixed_one_minus_over_one_plus(int32_t x);

/* log(x) for x >= 1, both with the given integer bits. */
int32_t nn_fixed_log(int32_t x, int32_t input_integer_bits, int32_t output_integer_bits);

#endif
