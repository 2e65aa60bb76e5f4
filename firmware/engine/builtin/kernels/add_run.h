/* One row of an ADD or SUB, any parameters. */
#ifndef NN_ADD_RUN_H
#define NN_ADD_RUN_H

#include "kernels.h"
#include "requant.h"

enum { NN_ADD_HEADROOM_BITS = 20 };

static inline void nn_add_run(const nn_binary_args_t *args, const int8_t *a, const int8_t *b, int8_t *output)
{
    const nn_broadcast_t *loops = &args->loops;
    for (int32_t i = 0; i < loops->count[0]; i++) {
        int32_t value_a = (a[i * loops->stride_a[0]] - args->zero_point_a) * (1 << NN_ADD_HEADROOM_BITS);
        int32_t value_b = (b[i * loops->stride_b[0]] - args->zero_point_b) * (1 << NN_ADD_HEADROOM_BITS);
        int32_t sum = nn_requantize(value_a, args->multiplier_a, args->shift_a) +
                      args->sign * nn_requantize(value_b, args->multiplier_b, args->shift_b);
        int32_t value = nn_requantize(sum, args->multiplier, args->shift) + args->range.zero_point;
        output[i] = nn_clamp_s8(value, args->range.low, args->range.high);
    }
}

#endif
