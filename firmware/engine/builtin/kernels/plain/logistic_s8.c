#include "kernels/fixed_point.h"
#include "kernels/kernels.h"
#include "kernels/requant.h"

enum { INTEGER_BITS = 4, OUTPUT_BITS = 8 };

/* 1 / (1 + exp(-x)) in Q0.31 for x in Q4.27. */
static int32_t logistic(int32_t x)
{
    if (x == 0) {
        return 1 << 30;
    }
    int32_t positive = nn_fixed_one_over_one_plus(nn_fixed_exp(x > 0 ? -x : x, INTEGER_BITS));
    return x > 0 ? positive : INT32_MAX - positive;
}

static int8_t logistic_s8(const nn_unary_args_t *args, int32_t input)
{
    if (input <= -args->radius) {
        return INT8_MIN;
    }
    if (input >= args->radius) {
        return INT8_MAX;
    }
    int32_t result = logistic(nn_requantize(input, args->multiplier, args->shift));
    int32_t value = nn_rounding_shift_right(result, 31 - OUTPUT_BITS);
    return nn_clamp_s8(value + INT8_MIN, INT8_MIN, INT8_MAX);
}

void nn_logistic_s8(const nn_unary_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    for (uint32_t i = 0; i < args->count; i++) {
        output[i] = logistic_s8(args, input[i] - args->input_zero_point);
    }
}
