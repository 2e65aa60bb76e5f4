#include "broadcast.h"
#include "requant.h"

enum { HEADROOM_BITS = 20 };

static int32_t rescale(int32_t value, int32_t multiplier, int32_t shift) {
    return ev_requantize(value * (1 << HEADROOM_BITS), multiplier, shift);
}

static void run(const ev_binary_args_t *args, const int8_t *a, const int8_t *b, int8_t *output) {
    const ev_broadcast_t *loops = &args->loops;
    for (int32_t i = 0; i < loops->count[0]; i++) {
        int32_t scaled_a = rescale(a[i * loops->stride_a[0]] - args->zero_point_a, args->multiplier_a, args->shift_a);
        int32_t scaled_b = rescale(b[i * loops->stride_b[0]] - args->zero_point_b, args->multiplier_b, args->shift_b);
        int32_t sum = scaled_a + args->sign * scaled_b;
        int32_t value = ev_requantize(sum, args->multiplier, args->shift) + args->range.zero_point;
        output[i] = ev_clamp_s8(value, args->range.low, args->range.high);
    }
}

void ev_add_s8(const ev_binary_args_t *args) {
    ev_broadcast(args, run);
}
