#include "kernels/kernels.h"
#include "kernels/odometer.h"
#include "kernels/requant.h"

static int32_t sum(const nn_mean_args_t *args, const int8_t *input)
{
    int32_t index[NN_LOOPS] = {0}, offset = 0, total = 0;
    do {
        for (int32_t i = 0; i < args->reduced_count[0]; i++) {
            total += input[offset + i * args->reduced_stride[0]];
        }
    } while (nn_advance(args->reduced_count, args->reduced_stride, 1, index, &offset));
    return total;
}

void nn_mean_s8(const nn_mean_args_t *args)
{
    int32_t index[NN_LOOPS] = {0}, offset = 0;
    int8_t *output = args->output;
    do {
        int32_t total = (int32_t)((uint32_t)sum(args, args->input + offset) - (uint32_t)args->offset);
        int32_t value = nn_requantize(total, args->multiplier, args->shift) + args->zero_point;
        *output++ = nn_clamp_s8(value, INT8_MIN, INT8_MAX);
    } while (nn_advance(args->kept_count, args->kept_stride, 0, index, &offset));
}
