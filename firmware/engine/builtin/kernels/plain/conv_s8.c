#include "kernels/kernels.h"
#include "kernels/requant.h"

/* Copies a pixel's receptive field, less the input zero point; zeros where it leaves the image. */
static void gather(const nn_conv_args_t *args, const int8_t *image, int32_t y, int32_t x, int16_t *column)
{
    const nn_window_t *w = &args->window;
    for (int32_t fy = 0; fy < w->filter_h; fy++) {
        int32_t in_y = y + fy * w->dilation_h;
        for (int32_t fx = 0; fx < w->filter_w; fx++) {
            int32_t in_x = x + fx * w->dilation_w;
            int inside = in_y >= 0 && in_y < w->in_h && in_x >= 0 && in_x < w->in_w;
            const int8_t *pixel = inside ? image + (in_y * w->in_w + in_x) * w->in_c : NULL;
            for (int32_t c = 0; c < w->in_c; c++) {
                *column++ = (int16_t)(pixel ? pixel[c] - args->input_zero_point : 0);
            }
        }
    }
}

static void multiply(const nn_conv_args_t *args, int8_t *output)
{
    const nn_window_t *w = &args->window;
    int32_t depth = w->filter_h * w->filter_w * w->in_c;
    const int8_t *weights = args->filter;
    for (int32_t c = 0; c < w->out_c; c++) {
        const nn_channel_t *channel = &args->channels[c];
        uint32_t sum = (uint32_t)channel->bias;
        for (int32_t i = 0; i < depth; i++) {
            sum += (uint32_t)(*weights++ * args->columns[i]);
        }
        int32_t value = nn_requantize((int32_t)sum, channel->multiplier, channel->shift) + args->range.zero_point;
        output[c] = nn_clamp_s8(value, args->range.low, args->range.high);
    }
}

void nn_conv_s8(const nn_conv_args_t *args)
{
    const nn_window_t *w = &args->window;
    const int8_t *image = args->input;
    int8_t *output = args->output;
    for (int32_t b = 0; b < w->batches; b++) {
        for (int32_t y = 0; y < w->out_h; y++) {
            for (int32_t x = 0; x < w->out_w; x++) {
                gather(args, image, y * w->stride_h - w->pad_top, x * w->stride_w - w->pad_left, args->columns);
                multiply(args, output);
                output += w->out_c;
            }
        }
        image += w->in_h * w->in_w * w->in_c;
    }
}
