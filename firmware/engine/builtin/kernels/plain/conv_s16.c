#include "kernels/wide.h"
#include "kernels/wide_sum.h"

static int64_t dot(const int16_t *input, const int8_t *weights, int32_t count)
{
    int64_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += weights[i] * input[i];
    }
    return sum;
}

/* What a pixel's window sees of the image with the weights of one output channel. */
static int64_t window_sum(const nn_wide_args_t *args, const int16_t *image, int32_t y, int32_t x, int32_t channel)
{
    const nn_window_t *w = &args->window;
    const int8_t *weights = args->filter + channel * w->filter_h * w->filter_w * w->in_c;
    int64_t sum = 0;
    for (int32_t fy = 0; fy < w->filter_h; fy++) {
        const int32_t in_y = y * w->stride_h - w->pad_top + fy * w->dilation_h;
        for (int32_t fx = 0; fx < w->filter_w; fx++, weights += w->in_c) {
            const int32_t in_x = x * w->stride_w - w->pad_left + fx * w->dilation_w;
            if (in_y >= 0 && in_y < w->in_h && in_x >= 0 && in_x < w->in_w) {
                sum += dot(image + (in_y * w->in_w + in_x) * w->in_c, weights, w->in_c);
            }
        }
    }
    return sum;
}

void nn_conv_s16(const nn_wide_args_t *args)
{
    const nn_window_t *w = &args->window;
    const int16_t *image = args->input;
    int16_t *output = args->output;
    for (int32_t b = 0; b < w->batches; b++) {
        for (int32_t y = 0; y < w->out_h; y++) {
            for (int32_t x = 0; x < w->out_w; x++) {
                for (int32_t c = 0; c < w->out_c; c++) {
                    *output++ = (int16_t)nn_wide_output(args, c, window_sum(args, image, y, x, c));
                }
            }
        }
        image += w->in_h * w->in_w * w->in_c;
    }
}
