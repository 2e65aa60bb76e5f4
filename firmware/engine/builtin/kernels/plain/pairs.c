#include "kernels/pairs.h"

#include "kernels/load.h"
#include "kernels/requant.h"

enum { RANK = 6 };

static int32_t clamped(const nn_range_t *range, int32_t value)
{
    return nn_min(nn_max(nn_wrapping_add(value, range->zero_point), range->low), range->high);
}

int32_t nn_pair_add(const nn_pair_args_t *args, int32_t a, int32_t b)
{
    const nn_binary_args_t *two = &args->two;
    const int32_t unit = 1 << args->headroom_bits;
    const int32_t sum = nn_requantize((a - two->zero_point_a) * unit, two->multiplier_a, two->shift_a) +
                        two->sign * nn_requantize((b - two->zero_point_b) * unit, two->multiplier_b, two->shift_b);
    return clamped(&two->range, nn_requantize(sum, two->multiplier, two->shift));
}

int32_t nn_pair_mul(const nn_pair_args_t *args, int32_t a, int32_t b)
{
    const nn_binary_args_t *two = &args->two;
    const int32_t product = (a - two->zero_point_a) * (b - two->zero_point_b);
    return clamped(&two->range, nn_requantize(product, two->multiplier, two->shift));
}

int32_t nn_pair_prelu(const nn_pair_args_t *args, int32_t a, int32_t b)
{
    const nn_binary_args_t *two = &args->two;
    const int32_t value = a - two->zero_point_a;
    const int32_t scaled = value >= 0 ? nn_requantize(value, two->multiplier_a, two->shift_a)
                                      : nn_requantize(value * (b - two->zero_point_b), two->multiplier, two->shift);
    return clamped(&two->range, scaled);
}

int32_t nn_pair_maximum(const nn_pair_args_t *args, int32_t a, int32_t b)
{
    (void)args;
    return nn_max(a, b);
}

int32_t nn_pair_minimum(const nn_pair_args_t *args, int32_t a, int32_t b)
{
    (void)args;
    return nn_min(a, b);
}

static int32_t load(const int8_t *data, int32_t index, int32_t bytes)
{
    return bytes == 1 ? data[index] : nn_load_i16(data + 2 * index);
}

static void run(const nn_pair_args_t *args, int32_t a, int32_t b, int32_t output)
{
    const nn_broadcast_t *loops = &args->two.loops;
    for (int32_t i = 0; i < loops->count[0]; i++) {
        const int32_t value_a = load(args->two.a, a + i * loops->stride_a[0], args->bytes_a);
        const int32_t value_b = load(args->two.b, b + i * loops->stride_b[0], args->bytes_b);
        const int32_t value = args->value(args, value_a, value_b);
        if (args->bytes_output == 1) {
            args->two.output[output + i] = (int8_t)value;
        } else {
            nn_store_i16(args->two.output + 2 * (output + i), value);
        }
    }
}

void nn_pairs(const nn_pair_args_t *args)
{
    const nn_broadcast_t *loops = &args->two.loops;
    int32_t index[RANK] = {0}, a = 0, b = 0, output = 0, axis = 0;
    while (axis < RANK) {
        run(args, a, b, output);
        output += loops->count[0];
        for (axis = 1; axis < RANK; axis++) { /* advance like an odometer */
            a += loops->stride_a[axis];
            b += loops->stride_b[axis];
            if (++index[axis] < loops->count[axis]) {
                break;
            }
            a -= loops->stride_a[axis] * loops->count[axis];
            b -= loops->stride_b[axis] * loops->count[axis];
            index[axis] = 0;
        }
    }
}
