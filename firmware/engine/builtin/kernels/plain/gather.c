#include <string.h>

#include "kernels/load.h"
#include "kernels/moves.h"

void nn_gather(const nn_gather_args_t *args)
{
    const size_t bytes = (size_t)args->inner_bytes;
    uint8_t *output = args->output;
    for (int32_t b = 0; b < args->batches; b++) {
        const uint8_t *indices = args->indices + 4 * b * args->count;
        for (int32_t outer = 0; outer < args->outer; outer++) {
            const uint8_t *input = args->input + (size_t)((b * args->outer + outer) * args->axis) * bytes;
            for (int32_t i = 0; i < args->count; i++) {
                memcpy(output, input + (size_t)nn_load_i32(indices + 4 * i) * bytes, bytes);
                output += bytes;
            }
        }
    }
}
