#include <string.h>

#include "kernels/kernels.h"

enum { ROW = 5 };

static int has_data(const nn_pad_args_t *args, const int32_t *index)
{
    int inside = 1;
    for (int32_t axis = 0; axis < ROW; axis++) {
        int32_t position = index[axis] - args->before[axis];
        inside = inside && position >= 0 && position < args->in_dims[axis];
    }
    return inside;
}

void nn_pad_s8(const nn_pad_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    int32_t index[ROW] = {0};
    const size_t row = (size_t)args->out_dims[ROW], data = (size_t)args->in_dims[ROW];
    const size_t before = (size_t)args->before[ROW];
    for (;;) {
        if (has_data(args, index)) {
            memset(output, args->value, before);
            memmove(output + before, input, data);
            memset(output + before + data, args->value, row - before - data);
            input += data;
        } else {
            memset(output, args->value, row);
        }
        output += row;
        int32_t axis = ROW - 1;
        while (axis >= 0 && ++index[axis] == args->out_dims[axis]) { /* advance like an odometer */
            index[axis--] = 0;
        }
        if (axis < 0) {
            return;
        }
    }
}
