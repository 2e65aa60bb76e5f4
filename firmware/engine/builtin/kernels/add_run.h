/* One row of an ADD or SUB, any parameters. */
#ifndef EV_ADD_RUN_H
#define EV_ADD_RUN_H

#include "kernels.h"
#include "requant.h"

enum { EV_ADD_HEADROOM_BITS = 20 };

static inline void ev_add_run(const ev_binary_args_t *args, const int8_t *a, const int8_t *b, int8_t *output)
{
    const ev_broadcast_t *loops = &args->loops;
    for (int32_t i = 0; i < loops->count[0]; i++) {
        int32_t value_a = (a[i * loops->stride_a[0]] - args->zero_point_a) * (1 << EV_ADD_HEADROOM_BITS);
        int32_t value_b = (b[i * loops->stride_b[0]] - args->zero_point_b) * (1 << EV_ADD_HEADROOM_BITS);
        int32_t sum = ev_requantize(value_a, args->multiplier_a, args->shift_a) +
                      args->sign * ev_requantize(value_b, args->multiplier_b, args->shift_b);
        int32_t value = ev_requantize(sum, args->multiplier, args->shift) + args->range.zero_point;
        output[i] = ev_clamp_s8(value, args->range.low, args->range.high);
    }
}

#endif
