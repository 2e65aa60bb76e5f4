/* What LOGISTIC and TANH share. */
#ifndef NN_ACTIVATION_H
#define NN_ACTIVATION_H

#include "ops.h"

/* int8 in and out, of any output quantization; fills the arguments with the input as Q4.27. */
bool nn_curve_s8_fits(const nn_op_t *op, nn_unary_args_t *args);

/* int16 in and out, the output's scale 2^-15. Scales of 2^-12 and, where largest_exact_shift is 1, 2^-11 are exact.
 */
bool nn_curve_s16_fits(const nn_op_t *op, int32_t largest_exact_shift, nn_curve_s16_args_t *args);

/* False for a scale that the table does not cover. */
bool nn_curve_s16_scale(float scale, int32_t largest_exact_shift, int32_t *multiplier, int32_t *shift);

#endif
