#include "kernels/activations.h"
#include "kernels/requant.h"

enum { HIRES_BITS = 7 };

static int32_t saturated(int32_t value)
{
    return nn_min(nn_max(value, INT16_MIN), INT16_MAX);
}

/* Doubling high multiplications of 16-bit numbers: rounded to nearest, ties up, and rounded towards zero. */
static int32_t multiply_rounded(int32_t a, int32_t b)
{
    return saturated((a * b + (1 << 14)) >> 15);
}

static int32_t multiply_truncated(int32_t a, int32_t b)
{
    return saturated(a * b / (1 << 15));
}

static int32_t shift_left(int32_t value, int32_t bits)
{
    const int64_t shifted = (int64_t)value * ((int64_t)1 << bits);
    return (int32_t)(shifted < INT16_MIN ? INT16_MIN : shifted > INT16_MAX ? INT16_MAX : shifted);
}

/* relu6(x + 3) / 6 in [0, 1], 1 is 2^15. The last left shift comes after the multiplication, so that what saturates
 * before it saturates after it too. */
static int32_t gate(const nn_hard_swish_args_t *args, int32_t hires)
{
    int32_t value = hires;
    if (args->gate_shift > 0) {
        value = shift_left(value, args->gate_shift - 1);
    }
    value = multiply_rounded(value, args->gate_multiplier);
    if (args->gate_shift > 0) {
        value = shift_left(value, 1);
    } else {
        value = nn_rounding_shift_right(value, -args->gate_shift);
    }
    return (value + (1 << 15)) >> 1;
}

void nn_hard_swish_s8(const nn_hard_swish_args_t *args)
{
    for (uint32_t i = 0; i < args->count; i++) {
        const int32_t hires = (args->input[i] - args->input_zero_point) * (1 << HIRES_BITS);
        const int32_t scaled = multiply_rounded(hires, args->multiplier);
        const int32_t product = multiply_truncated(gate(args, hires), scaled);
        const int32_t value = nn_rounding_shift_right(product, -args->shift) + args->output_zero_point;
        args->output[i] = nn_clamp_s8(value, INT8_MIN, INT8_MAX);
    }
}
