#include <string.h>

#include "kernels/load.h"
#include "kernels/recurrent.h"
#include "kernels/requant.h"

static int32_t load(const uint8_t *data, int32_t index, int32_t bytes)
{
    return bytes == 1 ? (int8_t)data[index] : nn_load_i16(data + 2 * index);
}

/* The newest entry of a filter's memory. */
static void remember(const nn_svdf_args_t *args, const int8_t *input, int32_t filter, uint8_t *entry)
{
    const int8_t *weights = args->feature_weights + filter * args->inputs;
    const int32_t low = args->state_bytes == 1 ? INT8_MIN : INT16_MIN, high = -1 - low;
    uint32_t sum = 0;
    for (int32_t i = 0; i < args->inputs; i++) {
        sum += (uint32_t)(weights[i] * (input[i] - args->input_zero_point));
    }
    const int32_t scaled = nn_requantize((int32_t)sum, args->feature_multiplier, args->feature_shift);
    const int32_t value = nn_min(nn_max(scaled, low), high) + args->state_zero_point;
    if (args->state_bytes == 1) {
        *entry = (uint8_t)value;
    } else {
        nn_store_i16(entry, value);
    }
}

/* A unit is the sum of `rank` filters, each weighted over its memory. */
static int8_t unit_output(const nn_svdf_args_t *args, const uint8_t *state, int32_t unit)
{
    const int32_t count = args->rank * args->memory, first = unit * count;
    uint32_t sum = nn_load_u32(args->bias + 4 * unit);
    for (int32_t i = first; i < first + count; i++) {
        const int32_t value = load(state, i, args->state_bytes) - args->state_zero_point;
        sum += (uint32_t)(load(args->time_weights, i, args->state_bytes) * value);
    }
    const int32_t scaled = nn_requantize((int32_t)sum, args->multiplier, args->shift);
    return nn_clamp_s8(nn_wrapping_add(scaled, args->output_zero_point), INT8_MIN, INT8_MAX);
}

void nn_svdf_s8(const nn_svdf_args_t *args)
{
    const int32_t filters = args->units * args->rank, row_bytes = args->memory * args->state_bytes;
    const int32_t batch_bytes = filters * row_bytes;
    /* Every memory moves up by one; what crosses into the next is written over below. */
    memmove(args->state, args->state + args->state_bytes, (size_t)(args->batches * batch_bytes - args->state_bytes));
    for (int32_t b = 0; b < args->batches; b++) {
        uint8_t *state = args->state + b * batch_bytes;
        for (int32_t filter = 0; filter < filters; filter++) {
            uint8_t *entry = state + (filter + 1) * row_bytes - args->state_bytes;
            remember(args, args->input + b * args->inputs, filter, entry);
        }
        for (int32_t unit = 0; unit < args->units; unit++) {
            args->output[b * args->units + unit] = unit_output(args, state, unit);
        }
    }
}
