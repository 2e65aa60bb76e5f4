#include <stdbool.h>

#include "kernels/kernels.h"
#include "kernels/load.h"
#include "kernels/requant.h"
#include "kernels/wide_sum.h"

enum { BATCH_DIMS = 3 };

static int32_t narrow_element(const nn_matmul_args_t *args, int32_t a, int32_t b)
{
    const int8_t *left = (const int8_t *)args->a + a, *right = (const int8_t *)args->b + b;
    uint32_t sum = 0;
    for (int32_t i = 0; i < args->depth; i++) {
        sum += (uint32_t)((left[i * args->step_a] - args->zero_point_a) *
                          (right[i * args->step_b] - args->zero_point_b));
    }
    return nn_requantize((int32_t)sum, args->multiplier, args->shift);
}

static int32_t wide_element(const nn_matmul_args_t *args, int32_t a, int32_t b)
{
    const uint8_t *left = (const uint8_t *)args->a + 2 * a, *right = (const uint8_t *)args->b + 2 * b;
    int64_t sum = 0;
    for (int32_t i = 0; i < args->depth; i++) {
        sum += nn_load_i16(left + 2 * i * args->step_a) * nn_load_i16(right + 2 * i * args->step_b);
    }
    return nn_requantize_wide(sum, args->multiplier, args->shift);
}

/* One matrix product; a, b and output are element numbers. */
static void product(const nn_matmul_args_t *args, int32_t a, int32_t b, int32_t output)
{
    for (int32_t y = 0; y < args->rows; y++) {
        for (int32_t x = 0; x < args->columns; x++, output++) {
            const int32_t left = a + y * args->row_a, right = b + x * args->column_b;
            const int32_t value = args->wide ? wide_element(args, left, right) : narrow_element(args, left, right);
            const int32_t moved = nn_wrapping_add(value, args->range.zero_point);
            const int32_t bounded = nn_min(nn_max(moved, args->range.low), args->range.high);
            if (args->wide) {
                nn_store_i16((uint8_t *)args->output + 2 * output, bounded);
            } else {
                ((int8_t *)args->output)[output] = (int8_t)bounded;
            }
        }
    }
}

void nn_batch_matmul(const nn_matmul_args_t *args)
{
    int32_t index[BATCH_DIMS] = {0}, a = 0, b = 0, output = 0, axis = 0;
    while (axis < BATCH_DIMS) {
        product(args, a, b, output);
        output += args->rows * args->columns;
        for (axis = 0; axis < BATCH_DIMS; axis++) { /* advance like an odometer */
            a += args->stride_a[axis];
            b += args->stride_b[axis];
            if (++index[axis] < args->count[axis]) {
                break;
            }
            a -= args->stride_a[axis] * args->count[axis];
            b -= args->stride_b[axis] * args->count[axis];
            index[axis] = 0;
        }
    }
}
