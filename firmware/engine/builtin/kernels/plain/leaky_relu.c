#include "kernels/activations.h"
#include "kernels/load.h"
#include "kernels/requant.h"

static int32_t leaky_relu(const nn_leaky_relu_args_t *args, int32_t value)
{
    if (value >= 0) {
        return nn_wrapping_add(nn_requantize(value, args->multiplier, args->shift), args->output_zero_point);
    }
    const uint32_t scaled = (uint32_t)nn_requantize(value, args->slope_multiplier, args->slope_shift);
    return nn_wrapping_add((int32_t)((uint32_t)args->slope_sign * scaled), args->output_zero_point);
}

void nn_leaky_relu_s8(const nn_leaky_relu_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    for (uint32_t i = 0; i < args->count; i++) {
        output[i] = nn_clamp_s8(leaky_relu(args, input[i] - args->input_zero_point), INT8_MIN, INT8_MAX);
    }
}

void nn_leaky_relu_s16(const nn_leaky_relu_args_t *args)
{
    const uint8_t *input = args->input;
    uint8_t *output = args->output;
    for (uint32_t i = 0; i < args->count; i++) {
        const int32_t value = leaky_relu(args, nn_load_i16(input + 2 * i));
        nn_store_i16(output + 2 * i, nn_min(nn_max(value, INT16_MIN), INT16_MAX));
    }
}
