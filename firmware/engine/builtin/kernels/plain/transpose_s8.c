#include <string.h>

#include "kernels/kernels.h"

static void copy_row(const int8_t *input, int32_t stride, int8_t *output, int32_t count)
{
    if (stride == 1) {
        memmove(output, input, (size_t)count);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        output[i] = input[i * stride];
    }
}

void nn_transpose_s8(const nn_transpose_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    int32_t index[6] = {0};
    for (;;) {
        copy_row(input, args->stride[0], output, args->count[0]);
        output += args->count[0];
        int32_t axis = 1;
        for (; axis < 6; axis++) { /* advance like an odometer */
            input += args->stride[axis];
            if (++index[axis] < args->count[axis]) {
                break;
            }
            input -= args->stride[axis] * args->count[axis];
            index[axis] = 0;
        }
        if (axis == 6) {
            return;
        }
    }
}
