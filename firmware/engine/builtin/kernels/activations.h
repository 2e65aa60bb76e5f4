/* Element by element: operators of one input with a curve of their own, and operators of two inputs that no faster
 * kernel serves. */
#ifndef NN_ACTIVATIONS_H
#define NN_ACTIVATIONS_H

#include <stdint.h>

/* HARD_SWISH, x * relu6(x + 3) / 6 in 16-bit fixed point. */
typedef struct {
    const int8_t *input;
    int8_t *output;
    uint32_t count;
    int32_t input_zero_point, output_zero_point;
    int32_t multiplier, shift;             /* from 128 times the input's scale to the output's; shift <= 0 */
    int32_t gate_multiplier, gate_shift; /* from there to where 3.0 is 2^15 */
} nn_hard_swish_args_t;

/* LEAKY_RELU, int8 and int16. */
typedef struct {
    const void *input;
    void *output;
    uint32_t count;
    int32_t input_zero_point, output_zero_point;
    int32_t multiplier, shift;             /* of values that are not negative */
    int32_t slope_multiplier, slope_shift; /* of negative values, without the sign */
    int32_t slope_sign;
} nn_leaky_relu_args_t;

/* LOGISTIC and TANH of int16. */
typedef struct {
    const int16_t *input;
    int16_t *output;
    uint32_t count;
    int32_t multiplier, shift; /* from the input's scale to that of the table */
} nn_curve_s16_args_t;

void nn_hard_swish_s8(const nn_hard_swish_args_t *args);
void nn_leaky_relu_s8(const nn_leaky_relu_args_t *args);
void nn_leaky_relu_s16(const nn_leaky_relu_args_t *args);
void nn_logistic_s16(const nn_curve_s16_args_t *args);
void nn_tanh_s16(const nn_curve_s16_args_t *args);

/* One value of each, for operators that have them inside. */
int16_t nn_logistic_of_s16(int32_t value, int32_t multiplier, int32_t shift);
int16_t nn_tanh_of_s16(int32_t value, int32_t multiplier, int32_t shift);

#endif
