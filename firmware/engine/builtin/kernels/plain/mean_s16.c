#include "kernels/kernels.h"
#include "kernels/load.h"
#include "kernels/odometer.h"
#include "kernels/requant.h"

static uint32_t sum(const nn_mean_args_t *args, int32_t first)
{
    int32_t index[NN_LOOPS] = {0}, offset = first;
    uint32_t total = 0;
    do {
        for (int32_t i = 0; i < args->reduced_count[0]; i++) {
            total += (uint32_t)nn_load_i16(args->input + 2 * (offset + i * args->reduced_stride[0]));
        }
    } while (nn_advance(args->reduced_count, args->reduced_stride, 1, index, &offset));
    return total;
}

void nn_mean_s16(const nn_mean_args_t *args)
{
    int32_t index[NN_LOOPS] = {0}, offset = 0;
    int8_t *output = args->output;
    do {
        const int32_t value = nn_requantize((int32_t)sum(args, offset), args->multiplier, args->shift);
        nn_store_i16(output, nn_min(nn_max(value, INT16_MIN), INT16_MAX));
        output += 2;
    } while (nn_advance(args->kept_count, args->kept_stride, 0, index, &offset));
}
