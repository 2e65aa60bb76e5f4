#include <string.h>

#include "kernels/moves.h"
#include "kernels/quant.h"
#include "kernels/requant.h"

/* In single precision, as the reference does it. Nothing is negative, so a cast rounds down. */
static int32_t source(const nn_resize_nearest_args_t *args, int32_t position, float scale, int32_t size)
{
    const float exact = ((float)position + args->offset) * scale;
    return nn_min(args->align_corners ? nn_round(exact) : (int32_t)exact, size - 1);
}

void nn_resize_nearest(const nn_resize_nearest_args_t *args)
{
    const size_t bytes = (size_t)args->pixel_bytes;
    uint8_t *output = args->output;
    for (int32_t b = 0; b < args->batches; b++) {
        const uint8_t *image = args->input + (size_t)(b * args->in_h * args->in_w) * bytes;
        for (int32_t y = 0; y < args->out_h; y++) {
            const int32_t row = source(args, y, args->scale_h, args->in_h) * args->in_w;
            for (int32_t x = 0; x < args->out_w; x++) {
                memcpy(output, image + (size_t)(row + source(args, x, args->scale_w, args->in_w)) * bytes, bytes);
                output += bytes;
            }
        }
    }
}
