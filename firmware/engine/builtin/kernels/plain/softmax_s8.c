#include "kernels/fixed_point.h"
#include "kernels/kernels.h"
#include "kernels/requant.h"

enum { DIFFERENCE_INTEGER_BITS = 5, SUM_INTEGER_BITS = 12, OUTPUT_BITS = 8 };

static int32_t exp_of_difference(const nn_softmax_args_t *args, int32_t difference)
{
    int32_t scaled = nn_doubling_high_mul(nn_shift_left(difference, args->shift), args->multiplier);
    return nn_fixed_exp(scaled, DIFFERENCE_INTEGER_BITS);
}

static int32_t largest(const int8_t *input, int32_t depth)
{
    int32_t best = INT8_MIN;
    for (int32_t i = 0; i < depth; i++) {
        best = nn_max(best, input[i]);
    }
    return best;
}

static uint32_t sum_of_exps(const nn_softmax_args_t *args, const int8_t *input, int32_t maximum)
{
    uint32_t sum = 0;
    for (int32_t i = 0; i < args->depth; i++) {
        int32_t difference = input[i] - maximum;
        if (difference >= args->difference_min) {
            sum += (uint32_t)nn_rounding_shift_right(exp_of_difference(args, difference), SUM_INTEGER_BITS);
        }
    }
    return sum;
}

static void softmax_row(const nn_softmax_args_t *args, const int8_t *input, int8_t *output)
{
    int32_t maximum = largest(input, args->depth);
    uint32_t sum = sum_of_exps(args, input, maximum);
    /* sum = (1 + x) * 2^bits with x in [0, 1) */
    int32_t headroom = __builtin_clz(sum | 1u);
    int32_t reciprocal = nn_fixed_one_over_one_plus((int32_t)((sum << headroom) - (1u << 31)));
    int32_t shift = SUM_INTEGER_BITS - headroom + 31 - OUTPUT_BITS;
    for (int32_t i = 0; i < args->depth; i++) {
        int32_t difference = input[i] - maximum, value = 0;
        if (difference >= args->difference_min) {
            int32_t product = nn_doubling_high_mul(reciprocal, exp_of_difference(args, difference));
            value = nn_rounding_shift_right(product, shift);
        }
        output[i] = nn_clamp_s8(value + INT8_MIN, INT8_MIN, INT8_MAX);
    }
}

void nn_softmax_s8(const nn_softmax_args_t *args)
{
    for (int32_t row = 0; row < args->rows; row++) {
        softmax_row(args, args->input + row * args->depth, args->output + row * args->depth);
    }
}
