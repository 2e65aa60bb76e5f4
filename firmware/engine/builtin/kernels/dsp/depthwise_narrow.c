/* DEPTHWISE_CONV_2D of images with few pixels, where expanded rows do not pay. */
#include "depthwise_group.h"
#include "depthwise_words.h"

/* The only pixel of four channels, from image and file: there is too little to multiply for a slab to pay. */
static nn_sums_t only_pixel(const nn_group_t *group, nn_sums_t sums)
{
    const nn_window_t *w = &group->args->window;
    const int16x2_t offset = nn_pair(-group->args->input_zero_point);
    const nn_taps_t down = nn_taps(-w->pad_top, w->in_h, w->filter_h, w->dilation_h);
    const nn_taps_t across = nn_taps(-w->pad_left, w->in_w, w->filter_w, w->dilation_w);
    const int32_t out_c = w->out_c, step = w->dilation_w * w->in_c;
    for (int32_t fy = down.from; fy < down.to; fy++) {
        int32_t y = down.start + (fy - down.from) * w->dilation_h;
        const int8_t *pixel = group->image + (y * w->in_w + across.start) * w->in_c + group->channel;
        const int8_t *weights = group->args->filter + (fy * w->filter_w + across.from) * out_c + group->channel;
        for (int32_t left = across.to - across.from; left > 0; left--, pixel += step, weights += out_c) {
            uint32_t x = nn_load_u32(pixel), word = nn_load_u32(weights);
            int32_t even = (int32_t)nn_add_even(offset, x), odd = (int32_t)nn_add_odd(offset, x);
            int32_t even_w = (int32_t)nn_add_even(0, word), odd_w = (int32_t)nn_add_odd(0, word);
            sums.at[0] = __smlabb(even, even_w, sums.at[0]);
            sums.at[1] = __smlabb(odd, odd_w, sums.at[1]);
            sums.at[2] = __smlatt(even, even_w, sums.at[2]);
            sums.at[3] = __smlatt(odd, odd_w, sums.at[3]);
        }
    }
    return sums;
}

void nn_depthwise_only_pixel(const nn_group_t *group, const nn_slab_t *slab, int8_t *output)
{
    (void)slab;
    const nn_conv_args_t *args = group->args;
    const nn_channel_t *channels = args->channels + group->channel;
    nn_sums_t sums = {{channels[0].bias, channels[1].bias, channels[2].bias, channels[3].bias}};
    sums = only_pixel(group, sums);
    for (int32_t i = 0; i < NN_LANES; i++) {
        int32_t value = nn_requantize(sums.at[i], channels[i].multiplier, channels[i].shift) + args->range.zero_point;
        output[i] = nn_clamp_s8(value, args->range.low, args->range.high);
    }
}

/* A narrow image: copies four channels, and their weights. Returns where the copy begins, behind the weights. */
static const int32_t *copy_narrow(const nn_group_t *group)
{
    const nn_window_t *w = &group->args->window;
    const int16x2_t offset = nn_pair(-group->args->input_zero_point);
    const int8_t *pixel = group->image + group->channel;
    int32_t *to = (int32_t *)(void *)group->args->columns;
    for (int32_t tap = 0; tap < w->filter_h * w->filter_w; tap++, to += NN_TAP_WORDS) {
        uint32_t word = nn_weights_word(group, tap);
        to[0] = (int32_t)nn_add_even(0, word);
        to[1] = (int32_t)nn_add_odd(0, word);
    }
    const int32_t *copy = to;
    for (int32_t left = w->in_h * w->in_w; left > 0; left--, pixel += w->in_c, to += NN_TAP_WORDS) {
        uint32_t word = nn_load_u32(pixel);
        to[0] = (int32_t)nn_add_even(offset, word);
        to[1] = (int32_t)nn_add_odd(offset, word);
    }
    return copy;
}

NN_INLINE nn_sums_t narrow_pixel(const nn_window_t *w, nn_sums_t sums, const int32_t *copy, const int32_t *weights,
                                 nn_taps_t down, int32_t x)
{
    nn_taps_t across = {0, w->filter_w, x};
    if (x < 0 || x + (w->filter_w - 1) * w->dilation_w >= w->in_w) {
        across = nn_taps(x, w->in_w, w->filter_w, w->dilation_w);
    }
    const int32_t count = across.to - across.from;
    const int32_t *input = copy + (down.start * w->in_w + across.start) * NN_TAP_WORDS;
    weights += (down.from * w->filter_w + across.from) * NN_TAP_WORDS;
    for (int32_t rows = down.to - down.from; rows > 0; rows--) {
        sums = w->dilation_w == 1 ? nn_taps_row(sums, input, weights, count)
                                  : nn_taps_apart(sums, input, weights, count, w->dilation_w * NN_TAP_WORDS);
        input += w->dilation_h * w->in_w * NN_TAP_WORDS;
        weights += w->filter_w * NN_TAP_WORDS;
    }
    return sums;
}

void nn_depthwise_narrow(const nn_group_t *group, const nn_slab_t *slab, int8_t *output)
{
    const nn_conv_args_t *args = group->args;
    const nn_window_t *w = &args->window;
    const int32_t *weights = (const int32_t *)(const void *)args->columns, *copy = copy_narrow(group);
    const bool full = nn_is_full_range(&args->range);
    nn_lane_t lanes[NN_LANES];
    bool fast = full;
    for (int32_t i = 0; i < NN_LANES; i++) {
        nn_set_lane(args, slab, group->channel + i, &lanes[i]);
        fast = fast && lanes[i].fast;
    }
    for (int32_t y = 0; y < w->out_h; y++) {
        const nn_taps_t down = nn_taps(y * w->stride_h - w->pad_top, w->in_h, w->filter_h, w->dilation_h);
        for (int32_t x = 0; x < w->out_w; x++, output += w->out_c) {
            nn_sums_t sums = {{lanes[0].bias, lanes[1].bias, lanes[2].bias, lanes[3].bias}};
            sums = narrow_pixel(w, sums, copy, weights, down, x * w->stride_w - w->pad_left);
            for (int32_t i = 0; i < NN_LANES && !fast; i++) {
                output[i] = (int8_t)nn_finish(&lanes[i], &args->range, sums.at[i]);
            }
            if (fast) {
                output[0] = nn_fast_output(&lanes[0], sums.at[0]);
                output[1] = nn_fast_output(&lanes[1], sums.at[1]);
                output[2] = nn_fast_output(&lanes[2], sums.at[2]);
                output[3] = nn_fast_output(&lanes[3], sums.at[3]);
            }
        }
    }
}
