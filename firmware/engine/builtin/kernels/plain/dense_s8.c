#include "kernels/kernels.h"
#include "kernels/load.h"
#include "kernels/requant.h"

static uint32_t dot(const nn_dense_args_t *args, const int8_t *input, const int8_t *weights)
{
    uint32_t sum = 0;
    for (int32_t i = 0; i < args->inputs; i++) {
        sum += (uint32_t)(weights[i] * (input[i] - args->input_zero_point));
    }
    return sum;
}

static int8_t dense_output(const nn_dense_args_t *args, const int8_t *input, int32_t index)
{
    uint32_t sum = dot(args, input, args->filter + index * args->inputs);
    int32_t multiplier = args->channels ? args->channels[index].multiplier : args->multiplier;
    int32_t shift = args->channels ? args->channels[index].shift : args->shift;
    if (args->bias) {
        sum += nn_load_u32(args->bias + 4 * index);
    }
    int32_t value = nn_requantize((int32_t)sum, multiplier, shift) + args->range.zero_point;
    return nn_clamp_s8(value, args->range.low, args->range.high);
}

void nn_dense_s8(const nn_dense_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    for (int32_t b = 0; b < args->batches; b++) {
        for (int32_t i = 0; i < args->outputs; i++) {
            *output++ = dense_output(args, input, i);
        }
        input += args->inputs;
    }
}
