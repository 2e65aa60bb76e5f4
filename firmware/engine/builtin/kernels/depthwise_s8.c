#include "kernels.h"
#include "requant.h"

static uint32_t dot(const ev_conv_args_t *args, const int8_t *image, int32_t y, int32_t x, int32_t channel) {
    const ev_window_t *w = &args->window;
    uint32_t sum = 0;
    for (int32_t fy = 0; fy < w->filter_h; fy++) {
        int32_t in_y = y + fy * w->dilation_h;
        for (int32_t fx = 0; fx < w->filter_w; fx++) {
            int32_t in_x = x + fx * w->dilation_w;
            if (in_y >= 0 && in_y < w->in_h && in_x >= 0 && in_x < w->in_w) {
                int32_t in_c = channel / args->depth_multiplier;
                int32_t value = image[(in_y * w->in_w + in_x) * w->in_c + in_c] - args->input_zero_point;
                sum += (uint32_t)(args->filter[(fy * w->filter_w + fx) * w->out_c + channel] * value);
            }
        }
    }
    return sum;
}

static void depthwise_pixel(const ev_conv_args_t *args, const int8_t *image, int32_t y, int32_t x, int8_t *output) {
    for (int32_t c = 0; c < args->window.out_c; c++) {
        const ev_channel_t *channel = &args->channels[c];
        int32_t sum = (int32_t)(dot(args, image, y, x, c) + (uint32_t)channel->bias);
        int32_t value = ev_requantize(sum, channel->multiplier, channel->shift) + args->range.zero_point;
        output[c] = ev_clamp_s8(value, args->range.low, args->range.high);
    }
}

void ev_depthwise_s8(const ev_conv_args_t *args) {
    const ev_window_t *w = &args->window;
    const int8_t *image = args->input;
    int8_t *output = args->output;
    for (int32_t b = 0; b < w->batches; b++) {
        for (int32_t y = 0; y < w->out_h; y++) {
            for (int32_t x = 0; x < w->out_w; x++) {
                depthwise_pixel(args, image, y * w->stride_h - w->pad_top, x * w->stride_w - w->pad_left, output);
                output += w->out_c;
            }
        }
        image += w->in_h * w->in_w * w->in_c;
    }
}
