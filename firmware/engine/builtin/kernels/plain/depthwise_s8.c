#include "kernels/slab.h"
#include "kernels/taps.h"

static void load_row(const nn_group_t *group, const nn_slab_t *slab, int32_t row, int16_t *to)
{
    const nn_conv_args_t *args = group->args;
    const nn_window_t *w = &args->window;
    for (int32_t lane = 0; lane < group->lanes; lane++, to += slab->width) {
        const int8_t *pixel = group->image + row * w->in_w * w->in_c +
                              (group->channel + lane) / args->depth_multiplier;
        for (int32_t x = 0; x < slab->columns; x++, pixel += w->in_c) {
            to[x] = (int16_t)(*pixel - args->input_zero_point);
        }
    }
}

static int8_t finish(const nn_conv_args_t *args, int32_t channel, uint32_t sum)
{
    const nn_channel_t *requant = &args->channels[channel];
    int32_t value = nn_requantize((int32_t)(sum + (uint32_t)requant->bias), requant->multiplier, requant->shift);
    return nn_clamp_s8(value + args->range.zero_point, args->range.low, args->range.high);
}

/* One output row of one lane. */
static void slab_row(const nn_group_t *group, const nn_slab_t *slab, const int16_t *first, int32_t lane,
                     int8_t *output)
{
    const nn_window_t *w = &group->args->window;
    const int32_t channel = group->channel + lane;
    for (int32_t x = 0; x < w->out_w; x++, output += w->out_c) {
        const int16_t *row = first + lane * slab->width + x * w->stride_w;
        const int8_t *weights = group->args->filter + channel;
        uint32_t sum = 0;
        for (int32_t fy = 0; fy < w->filter_h; fy++, row += w->dilation_h * slab->width * NN_LANES) {
            for (int32_t fx = 0; fx < w->filter_w; fx++, weights += w->out_c) {
                sum += (uint32_t)(*weights * row[fx * w->dilation_w]);
            }
        }
        *output = finish(group->args, channel, sum);
    }
}

/* One output row of one lane, from the image. */
static void image_row(const nn_group_t *group, int32_t lane, int32_t y, int8_t *output)
{
    const nn_conv_args_t *args = group->args;
    const nn_window_t *w = &args->window;
    const nn_taps_t down = nn_taps(y * w->stride_h - w->pad_top, w->in_h, w->filter_h, w->dilation_h);
    const int32_t channel = group->channel + lane;
    for (int32_t x = 0; x < w->out_w; x++, output += w->out_c) {
        const nn_taps_t across = nn_taps(x * w->stride_w - w->pad_left, w->in_w, w->filter_w, w->dilation_w);
        const int8_t *row = group->image + (down.start * w->in_w + across.start) * w->in_c +
                            channel / args->depth_multiplier;
        uint32_t sum = 0;
        for (int32_t fy = down.from; fy < down.to; fy++, row += w->dilation_h * w->in_w * w->in_c) {
            const int8_t *weights = args->filter + (fy * w->filter_w + across.from) * w->out_c + channel;
            for (int32_t i = 0; i < across.to - across.from; i++, weights += w->out_c) {
                sum += (uint32_t)(*weights * (row[i * w->dilation_w * w->in_c] - args->input_zero_point));
            }
        }
        *output = finish(args, channel, sum);
    }
}

static void run_group(const nn_group_t *group, nn_slab_t slab, int8_t *output)
{
    const nn_window_t *w = &group->args->window;
    const bool shared = nn_lanes_share_input(group->args->depth_multiplier);
    for (int32_t y = 0; y < w->out_h; y++, output += w->out_w * w->out_c) {
        const int16_t *first = shared ? NULL : nn_slab_reach(&slab, group, y, load_row);
        for (int32_t lane = 0; lane < group->lanes; lane++) {
            if (shared) {
                image_row(group, lane, y, output + lane);
            } else {
                slab_row(group, &slab, first, lane, output + lane);
            }
        }
    }
}

void nn_depthwise_s8(const nn_conv_args_t *args)
{
    const nn_window_t *w = &args->window;
    const nn_slab_t slab = nn_slab(w, args->columns);
    if (!nn_lanes_share_input(args->depth_multiplier)) {
        memset(slab.data, 0, (size_t)nn_slab_values(&slab) * sizeof slab.data[0]);
    }
    for (int32_t b = 0; b < w->batches; b++) {
        int8_t *output = args->output + b * w->out_h * w->out_w * w->out_c;
        for (int32_t c = 0; c < w->out_c; c += NN_LANES) {
            nn_group_t group = {args, args->input + b * w->in_h * w->in_w * w->in_c, c,
                                nn_min(NN_LANES, w->out_c - c)};
            run_group(&group, slab, output + c);
        }
    }
}
