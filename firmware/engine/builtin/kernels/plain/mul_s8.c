#include "kernels/broadcast.h"
#include "kernels/requant.h"

static void run(const nn_binary_args_t *args, const int8_t *a, const int8_t *b, int8_t *output)
{
    const nn_broadcast_t *loops = &args->loops;
    for (int32_t i = 0; i < loops->count[0]; i++) {
        int32_t value_a = a[i * loops->stride_a[0]] - args->zero_point_a;
        int32_t value_b = b[i * loops->stride_b[0]] - args->zero_point_b;
        int32_t value = nn_requantize(value_a * value_b, args->multiplier, args->shift) + args->range.zero_point;
        output[i] = nn_clamp_s8(value, args->range.low, args->range.high);
    }
}

void nn_mul_s8(const nn_binary_args_t *args)
{
    nn_broadcast(args, run);
}
