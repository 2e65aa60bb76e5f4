#include "kernels/fixed_point.h"
#include "kernels/kernels.h"
#include "kernels/requant.h"

enum { DIFFERENCE_INTEGER_BITS = 5, SUM_INTEGER_BITS = 12, OUTPUT_INTEGER_BITS = 4 };

static int32_t scaled(const nn_log_softmax_args_t *args, int32_t difference)
{
    return nn_requantize(difference, args->multiplier, args->shift);
}

static int32_t largest(const int8_t *input, int32_t depth)
{
    int32_t best = INT8_MIN;
    for (int32_t i = 0; i < depth; i++) {
        best = nn_max(best, input[i]);
    }
    return best;
}

/* log(sum of exp(x - maximum)) with 5 integer bits. */
static int32_t log_of_sum(const nn_log_softmax_args_t *args, const int8_t *input, int32_t maximum)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < args->depth; i++) {
        const int32_t difference = input[i] - maximum;
        if (difference >= args->difference_min) {
            const int32_t power = nn_fixed_exp(scaled(args, difference), DIFFERENCE_INTEGER_BITS);
            sum += nn_rounding_shift_right(power, SUM_INTEGER_BITS);
        }
    }
    return nn_fixed_log(sum, SUM_INTEGER_BITS, DIFFERENCE_INTEGER_BITS);
}

static void row(const nn_log_softmax_args_t *args, const int8_t *input, int8_t *output)
{
    const int32_t maximum = largest(input, args->depth);
    const int32_t log_sum = log_of_sum(args, input, maximum);
    /* Below this the output is the smallest. */
    const int32_t limit = nn_requantize(log_sum + INT32_MIN, args->inverse, args->inverse_shift);
    const int32_t least = nn_max(args->difference_min - 1, limit);
    for (int32_t i = 0; i < args->depth; i++) {
        const int32_t difference = input[i] - maximum;
        int32_t value = INT8_MIN;
        if (difference > least) {
            const int32_t bits = 31 - DIFFERENCE_INTEGER_BITS - OUTPUT_INTEGER_BITS;
            value = nn_rounding_shift_right(scaled(args, difference) - log_sum, bits) + INT8_MAX;
        }
        output[i] = nn_clamp_s8(value, INT8_MIN, INT8_MAX);
    }
}

void nn_log_softmax_s8(const nn_log_softmax_args_t *args)
{
    for (int32_t i = 0; i < args->rows; i++) {
        row(args, args->input + i * args->depth, args->output + i * args->depth);
    }
}
