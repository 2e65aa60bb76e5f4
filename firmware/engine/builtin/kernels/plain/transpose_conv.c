/* Each output pixel collects what the input pixels spread to it, so that no sums have to be kept. */
#include <stdbool.h>

#include "kernels/wide.h"
#include "kernels/wide_sum.h"

/* The input row or column that reaches `position` by filter element `f`; -1 where there is none. */
static int32_t source(int32_t position, int32_t pad, int32_t f, int32_t stride, int32_t size)
{
    const int32_t distance = position + pad - f;
    return distance >= 0 && distance % stride == 0 && distance / stride < size ? distance / stride : -1;
}

static int64_t dot_s8(const int8_t *input, const int8_t *weights, int32_t count, int32_t zero_point)
{
    uint32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += (uint32_t)(weights[i] * (input[i] - zero_point));
    }
    return (int32_t)sum;
}

static int64_t dot_s16(const int16_t *input, const int8_t *weights, int32_t count)
{
    int64_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += weights[i] * input[i];
    }
    return sum;
}

/* `image` is the element number of the image's first. */
static int64_t collected(const nn_wide_args_t *args, int32_t image, int32_t y, int32_t x, int32_t channel,
                         bool narrow)
{
    const nn_window_t *w = &args->window;
    const int8_t *weights = args->filter + channel * w->filter_h * w->filter_w * w->in_c;
    int64_t sum = 0;
    for (int32_t fy = 0; fy < w->filter_h; fy++) {
        const int32_t in_y = source(y, w->pad_top, fy, w->stride_h, w->in_h);
        for (int32_t fx = 0; fx < w->filter_w; fx++, weights += w->in_c) {
            const int32_t in_x = source(x, w->pad_left, fx, w->stride_w, w->in_w);
            if (in_y < 0 || in_x < 0) {
                continue;
            }
            const int32_t pixel = image + (in_y * w->in_w + in_x) * w->in_c;
            sum += narrow ? dot_s8((const int8_t *)args->input + pixel, weights, w->in_c, args->input_zero_point)
                          : dot_s16((const int16_t *)args->input + pixel, weights, w->in_c);
        }
    }
    return sum;
}

static void transpose_conv(const nn_wide_args_t *args, bool narrow)
{
    const nn_window_t *w = &args->window;
    int8_t *narrow_output = args->output;
    int16_t *wide_output = args->output;
    for (int32_t b = 0; b < w->batches; b++) {
        const int32_t image = b * w->in_h * w->in_w * w->in_c;
        for (int32_t y = 0; y < w->out_h; y++) {
            for (int32_t x = 0; x < w->out_w; x++) {
                for (int32_t c = 0; c < w->out_c; c++) {
                    const int32_t value = nn_wide_output(args, c, collected(args, image, y, x, c, narrow));
                    if (narrow) {
                        *narrow_output++ = (int8_t)value;
                    } else {
                        *wide_output++ = (int16_t)value;
                    }
                }
            }
        }
    }
}

void nn_transpose_conv_s8(const nn_wide_args_t *args)
{
    transpose_conv(args, true);
}

void nn_transpose_conv_s16(const nn_wide_args_t *args)
{
    transpose_conv(args, false);
}
