#include "kernels/plane.h"

static uint32_t dot(const nn_conv_args_t *args, const nn_plane_t *plane, const int16_t *corner, int32_t channel)
{
    const nn_window_t *w = &args->window;
    const int8_t *weights = args->filter + channel;
    uint32_t sum = 0;
    for (int32_t fy = 0; fy < w->filter_h; fy++) {
        const int16_t *row = corner + fy * w->dilation_h * plane->width;
        for (int32_t fx = 0; fx < w->filter_w; fx++, weights += w->out_c) {
            sum += (uint32_t)(*weights * (row[fx * w->dilation_w] - args->input_zero_point));
        }
    }
    return sum;
}

static void depthwise_channel(const nn_conv_args_t *args, const nn_plane_t *plane, int32_t c, int8_t *output)
{
    const nn_window_t *w = &args->window;
    const nn_channel_t *channel = &args->channels[c];
    for (int32_t y = 0; y < w->out_h; y++) {
        const int16_t *row = plane->data + y * w->stride_h * plane->width;
        for (int32_t x = 0; x < w->out_w; x++, output += w->out_c) {
            uint32_t sum = dot(args, plane, row + x * w->stride_w, c) + (uint32_t)channel->bias;
            int32_t value = nn_requantize((int32_t)sum, channel->multiplier, channel->shift);
            *output = nn_clamp_s8(value + args->range.zero_point, args->range.low, args->range.high);
        }
    }
}

void nn_depthwise_s8(const nn_conv_args_t *args)
{
    const nn_window_t *w = &args->window;
    nn_plane_t plane = nn_plane(w, args->columns);
    nn_plane_fill(&plane, args->input_zero_point);
    for (int32_t b = 0; b < w->batches; b++) {
        const int8_t *image = args->input + b * w->in_h * w->in_w * w->in_c;
        int8_t *output = args->output + b * w->out_h * w->out_w * w->out_c;
        for (int32_t c = 0; c < w->out_c; c++) {
            if (c % args->depth_multiplier == 0) {
                nn_plane_load(&plane, w, image + c / args->depth_multiplier);
            }
            depthwise_channel(args, &plane, c, output + c);
        }
    }
}
