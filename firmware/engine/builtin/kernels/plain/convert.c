/* Rescaling between any two integer types: QUANTIZE, RELU of int16. */
#include "kernels/kernels.h"
#include "kernels/load.h"
#include "kernels/requant.h"

static int32_t load(const uint8_t *data, uint32_t index, nn_element_t element)
{
    switch (element) {
    case NN_S8:
        return (int8_t)data[index];
    case NN_U8:
        return data[index];
    case NN_S16:
        return nn_load_i16(data + 2 * index);
    default:
        return nn_load_i32(data + 4 * index);
    }
}

static void store(uint8_t *data, uint32_t index, nn_element_t element, int32_t value)
{
    switch (element) {
    case NN_S8:
    case NN_U8:
        data[index] = (uint8_t)value;
        break;
    case NN_S16:
        nn_store_i16(data + 2 * index, value);
        break;
    default:
        memcpy(data + 4 * index, &value, sizeof value);
    }
}

void nn_convert(const nn_convert_args_t *args)
{
    for (uint32_t i = 0; i < args->count; i++) {
        const int32_t value = nn_wrapping_add(load(args->input, i, args->from), -args->input_zero_point);
        const int32_t scaled = nn_wrapping_add(nn_requantize(value, args->multiplier, args->shift),
                                               args->range.zero_point);
        store(args->output, i, args->to, nn_min(nn_max(scaled, args->range.low), args->range.high));
    }
}
