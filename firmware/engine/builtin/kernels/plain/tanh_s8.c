#include "kernels/fixed_point.h"
#include "kernels/kernels.h"
#include "kernels/requant.h"

enum { DOUBLED_INTEGER_BITS = 5, OUTPUT_BITS = 7 };

/* tanh(x) in Q0.31 for x in Q4.27, from (1 - exp(-2 |x|)) / (1 + exp(-2 |x|)). */
static int32_t tanh_of(int32_t x)
{
    if (x == 0) {
        return 0;
    }
    /* Twice the value, because the same bits are read with one integer bit more. */
    const int32_t power = nn_fixed_exp(x > 0 ? -x : x, DOUBLED_INTEGER_BITS);
    const int32_t positive = nn_fixed_one_minus_over_one_plus(power);
    return x > 0 ? positive : -positive;
}

static int8_t tanh_s8(const nn_unary_args_t *args, int32_t input)
{
    if (input <= -args->radius) {
        return INT8_MIN;
    }
    if (input >= args->radius) {
        return INT8_MAX;
    }
    const int32_t result = tanh_of(nn_requantize(input, args->multiplier, args->shift));
    return nn_clamp_s8(nn_rounding_shift_right(result, 31 - OUTPUT_BITS), INT8_MIN, INT8_MAX);
}

void nn_tanh_s8(const nn_unary_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    for (uint32_t i = 0; i < args->count; i++) {
        output[i] = tanh_s8(args, input[i] - args->input_zero_point);
    }
}
