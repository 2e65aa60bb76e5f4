/* PADV2 of int16, not in place: the value everywhere, then the input's rows. Rows are counted in bytes. */
#include <string.h>

#include "kernels/kernels.h"
#include "kernels/load.h"

enum { ROW = 5 };

static void fill(uint8_t *output, size_t bytes, int32_t value)
{
    for (size_t i = 0; i < bytes; i += 2) {
        nn_store_i16(output + i, value);
    }
}

/* Bytes from the output's start to where the data of a row of the input goes. */
static size_t place_of(const nn_pad_args_t *args, const int32_t *index)
{
    size_t row = 0;
    for (int32_t axis = 0; axis < ROW; axis++) {
        row = row * (size_t)args->out_dims[axis] + (size_t)(index[axis] + args->before[axis]);
    }
    return row * (size_t)args->out_dims[ROW] + (size_t)args->before[ROW];
}

void nn_pad_s16(const nn_pad_args_t *args, int32_t value)
{
    const uint8_t *input = (const uint8_t *)args->input;
    uint8_t *output = (uint8_t *)args->output;
    const size_t bytes = (size_t)args->in_dims[ROW];
    int32_t index[ROW] = {0}, axis = 0;
    size_t all = 1;
    for (int32_t i = 0; i <= ROW; i++) {
        all *= (size_t)args->out_dims[i];
    }
    fill(output, all, value);
    while (axis >= 0) {
        memcpy(output + place_of(args, index), input, bytes);
        input += bytes;
        axis = ROW - 1;
        while (axis >= 0 && ++index[axis] == args->in_dims[axis]) { /* advance like an odometer */
            index[axis--] = 0;
        }
    }
}
