/* SOFTMAX from int8 to int16: as to int8, with eight more bits of the quotient. */
#include "kernels/fixed_point.h"
#include "kernels/kernels.h"
#include "kernels/load.h"
#include "kernels/requant.h"

enum { DIFFERENCE_INTEGER_BITS = 5, SUM_INTEGER_BITS = 12, OUTPUT_BITS = 16 };

/* exp of an input below the maximum, Q0.31; 0 where it does not count. */
static int32_t power_of(const nn_softmax_args_t *args, int32_t difference)
{
    if (difference < args->difference_min) {
        return 0;
    }
    const int32_t scaled = nn_doubling_high_mul(nn_shift_left(difference, args->shift), args->multiplier);
    return nn_fixed_exp(scaled, DIFFERENCE_INTEGER_BITS);
}

static void softmax_row(const nn_softmax_args_t *args, const int8_t *input, uint8_t *output)
{
    int32_t maximum = INT8_MIN;
    uint32_t sum = 0;
    for (int32_t i = 0; i < args->depth; i++) {
        maximum = nn_max(maximum, input[i]);
    }
    for (int32_t i = 0; i < args->depth; i++) {
        sum += (uint32_t)nn_rounding_shift_right(power_of(args, input[i] - maximum), SUM_INTEGER_BITS);
    }
    /* sum = (1 + x) * 2^bits with x in [0, 1) */
    const int32_t headroom = __builtin_clz(sum | 1u);
    const int32_t reciprocal = nn_fixed_one_over_one_plus((int32_t)((sum << headroom) - (1u << 31)));
    const int32_t shift = SUM_INTEGER_BITS - headroom + 31 - OUTPUT_BITS;
    for (int32_t i = 0; i < args->depth; i++) {
        const int32_t product = nn_doubling_high_mul(reciprocal, power_of(args, input[i] - maximum));
        const int32_t value = nn_rounding_shift_right(product, shift) + INT16_MIN;
        nn_store_i16(output + 2 * i, nn_min(nn_max(value, INT16_MIN), INT16_MAX));
    }
}

void nn_softmax_s8_s16(const nn_softmax_args_t *args)
{
    for (int32_t row = 0; row < args->rows; row++) {
        uint8_t *output = (uint8_t *)args->output + 2 * row * args->depth;
        softmax_row(args, args->input + row * args->depth, output);
    }
}
