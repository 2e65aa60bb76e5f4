#include <string.h>

#include "kernels/moves.h"

enum { RANK = 6 };

static void copy_row(const nn_copy_args_t *args, const uint8_t *input, uint8_t *output)
{
    const size_t bytes = (size_t)args->element_bytes;
    if (args->stride[0] == args->element_bytes) {
        memmove(output, input, (size_t)args->count[0] * bytes);
        return;
    }
    for (int32_t i = 0; i < args->count[0]; i++) {
        memmove(output, input, bytes);
        output += bytes;
        input += args->stride[0];
    }
}

void nn_copy_strided(const nn_copy_args_t *args)
{
    uint8_t *output = args->output;
    int32_t index[RANK] = {0}, offset = args->start, axis = 0;
    while (axis < RANK) {
        copy_row(args, args->input + offset, output);
        output += args->count[0] * args->element_bytes;
        for (axis = 1; axis < RANK; axis++) { /* advance like an odometer */
            offset += args->stride[axis];
            if (++index[axis] < args->count[axis]) {
                break;
            }
            offset -= args->stride[axis] * args->count[axis];
            index[axis] = 0;
        }
    }
}
