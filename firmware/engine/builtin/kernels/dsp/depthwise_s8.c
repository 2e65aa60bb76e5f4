/* DEPTHWISE_CONV_2D of four channels at a time, whose weights and rows are expanded to int16. */
#include "depthwise_group.h"
#include "depthwise_taps.h"

enum { WORD = 4, PIXELS = NN_SLAB_PIXELS };

NN_INLINE uint32_t pixel_word(const nn_group_t *group, const int8_t *pixel, bool side_by_side)
{
    return side_by_side ? nn_load_u32(pixel + group->channel) : nn_pixel_word(group, pixel);
}

static void store_pixel(uint32_t word, int16x2_t offset, const nn_slab_t *slab, int16_t *to)
{
    const int32_t width = slab->width;
    int32_t even = (int32_t)nn_add_even(offset, word), odd = (int32_t)nn_add_odd(offset, word);
    to[0] = (int16_t)even;
    to[width] = (int16_t)odd;
    to[2 * width] = (int16_t)(even >> 16);
    to[3 * width] = (int16_t)(odd >> 16);
}

NN_INLINE void load_pixels(const nn_group_t *group, const nn_slab_t *slab, const int8_t *pixel, int16_t *to,
                           bool side_by_side)
{
    const int32_t in_c = group->args->window.in_c, width = slab->width;
    const int16x2_t offset = nn_pair(-group->args->input_zero_point);
    int32_t left = slab->columns;
    if (((uintptr_t)to & 2) != 0) { /* words from here on */
        store_pixel(pixel_word(group, pixel, side_by_side), offset, slab, to++);
        pixel += in_c;
        left--;
    }
    int32_t *lanes[2] = {(int32_t *)(void *)to, (int32_t *)(void *)(to + 2 * width)};
    for (; left >= 2; left -= 2, pixel += 2 * in_c) {
        uint32_t first = pixel_word(group, pixel, side_by_side),
                 second = pixel_word(group, pixel + in_c, side_by_side);
        int32_t even0 = (int32_t)nn_add_even(offset, first), odd0 = (int32_t)nn_add_odd(offset, first);
        int32_t even1 = (int32_t)nn_add_even(offset, second), odd1 = (int32_t)nn_add_odd(offset, second);
        lanes[0][0] = nn_low_halves(even0, even1);
        lanes[0][width / 2] = nn_low_halves(odd0, odd1);
        lanes[1][0] = nn_high_halves(even0, even1);
        lanes[1][width / 2] = nn_high_halves(odd0, odd1);
        lanes[0]++;
        lanes[1]++;
    }
    if (left > 0) {
        store_pixel(pixel_word(group, pixel, side_by_side), offset, slab, (int16_t *)(void *)lanes[0]);
    }
}

static void load_row(const nn_group_t *group, const nn_slab_t *slab, int32_t row, int16_t *to)
{
    const nn_window_t *w = &group->args->window;
    const int8_t *pixel = group->image + row * w->in_w * w->in_c;
    if (group->args->depth_multiplier == 1 && group->lanes == NN_LANES) {
        load_pixels(group, slab, pixel, to, true);
    } else {
        load_pixels(group, slab, pixel, to, false);
    }
}

/* The lanes' constants and weights lie one behind the other. */
static int32_t lane_words(const nn_window_t *w)
{
    return (int32_t)(sizeof(nn_lane_t) / WORD) + w->filter_h * nn_tap_pairs(w) * 2;
}

static int32_t *weights_of(nn_lane_t *lane)
{
    return (int32_t *)(void *)(lane + 1);
}

/* Expands the weights of both forms, as depthwise_taps.h has them: of columns a b c, (b, c) and (a, b). */
static void load_weights(const nn_group_t *group, int32_t *to)
{
    const nn_window_t *w = &group->args->window;
    const int32_t lane1 = lane_words(w);
    for (int32_t fy = 0, tap = 0; fy < w->filter_h; fy++, tap += w->filter_w) {
        int32_t even_a = 0, odd_a = 0;
        for (int32_t fx = 0; fx <= w->filter_w; fx += 2, to += 2) {
            uint32_t b = fx < w->filter_w ? nn_weights_word(group, tap + fx) : 0;
            uint32_t c = fx + 1 < w->filter_w ? nn_weights_word(group, tap + fx + 1) : 0;
            int32_t even_b = (int32_t)nn_add_even(0, b), odd_b = (int32_t)nn_add_odd(0, b);
            int32_t even_c = (int32_t)nn_add_even(0, c), odd_c = (int32_t)nn_add_odd(0, c);
            int32_t *lane2 = to + 2 * lane1;
            to[0] = nn_low_halves(even_b, even_c);
            to[1] = nn_low_halves(even_a, even_b);
            to[lane1] = nn_low_halves(odd_b, odd_c);
            to[lane1 + 1] = nn_low_halves(odd_a, odd_b);
            lane2[0] = nn_high_halves(even_b, even_c);
            lane2[1] = nn_high_halves(even_a, even_b);
            lane2[lane1] = nn_high_halves(odd_b, odd_c);
            lane2[lane1 + 1] = nn_high_halves(odd_a, odd_b);
            even_a = even_c;
            odd_a = odd_c;
        }
    }
}

/* One output row of one lane, four pixels at a time; the last of them may be beyond its end. */
static void quads(nn_lane_t *lane, const nn_conv_args_t *args, const int16_t *input, int32_t step, int8_t *output)
{
    const nn_window_t *w = &args->window;
    const int32_t bias = lane->bias, pairs = nn_tap_pairs(w), *weights = weights_of(lane);
    const bool fast = lane->fast && nn_is_full_range(&args->range);
    for (int32_t left = w->out_w; left > 0; left -= PIXELS, input += PIXELS * w->stride_w) {
        nn_sums_t sums = {{bias, bias, bias, bias}};
        sums = w->stride_w == 1 ? nn_quad_stride1(sums, input, weights, w->filter_h, pairs, step)
                                : nn_quad_stride2(sums, input, weights, w->filter_h, pairs, step);
        if (fast) {
            nn_store_quad(sums, lane, left, output);
            output += PIXELS * lane->stride;
            continue;
        }
        for (int32_t i = 0; i < nn_min(left, PIXELS); i++, output += w->out_c) {
            *output = (int8_t)nn_finish(lane, &args->range, sums.at[i]);
        }
    }
}

/* One output row of one lane with any stride and dilation. */
static void pixels(nn_lane_t *lane, const nn_conv_args_t *args, const int16_t *input, int32_t step, int8_t *output)
{
    const nn_window_t *w = &args->window;
    for (int32_t x = 0; x < w->out_w; x++, input += w->stride_w, output += w->out_c) {
        uint32_t sum = (uint32_t)lane->bias;
        const int16_t *row = input, *weights = (const int16_t *)(const void *)weights_of(lane);
        for (int32_t fy = w->filter_h; fy > 0; fy--, row += step, weights += 4 * nn_tap_pairs(w)) {
            for (int32_t fx = 0; fx < w->filter_w; fx++) {
                sum += (uint32_t)(row[fx * w->dilation_w] * weights[fx / 2 * 4 + fx % 2]);
            }
        }
        *output = (int8_t)nn_finish(lane, &args->range, (int32_t)sum);
    }
}

static void slab_row(const nn_group_t *group, const nn_slab_t *slab, const int16_t *input, int8_t *output)
{
    const nn_conv_args_t *args = group->args;
    const nn_window_t *w = &args->window;
    const int32_t step = w->dilation_h * slab->width * NN_LANES, next_lane = lane_words(w);
    const bool in_quads = nn_slab_in_quads(w);
    const bool is_row3 = in_quads && w->filter_h == 3 && nn_tap_pairs(w) == 2 && nn_is_full_range(&args->range);
    int32_t *words = (int32_t *)(void *)args->columns;
    for (int32_t i = group->lanes; i > 0; i--, input += slab->width, words += next_lane, output++) {
        nn_lane_t *lane = (nn_lane_t *)(void *)words;
        if (is_row3 && lane->fast) {
            (w->stride_w == 1 ? nn_row3_stride1 : nn_row3_stride2)(lane, input, 2 * step, w->out_w, output);
        } else {
            (in_quads ? quads : pixels)(lane, args, input, step, output);
        }
    }
}

static void run_slab(const nn_group_t *group, nn_slab_t slab, int8_t *output)
{
    const nn_window_t *w = &group->args->window;
    int32_t *lane = (int32_t *)(void *)group->args->columns;
    load_weights(group, lane + sizeof(nn_lane_t) / WORD);
    for (int32_t i = 0; i < group->lanes; i++, lane += lane_words(w)) {
        nn_set_lane(group->args, &slab, group->channel + i, (nn_lane_t *)(void *)lane);
    }
    for (int32_t y = 0; y < w->out_h; y++, output += w->out_w * w->out_c) {
        const int16_t *first = nn_slab_reach(&slab, group, y, load_row);
        slab_row(group, &slab, first, output);
    }
}

void nn_depthwise_s8(const nn_conv_args_t *args)
{
    const nn_window_t *w = &args->window;
    const nn_slab_t slab = nn_slab(w, args->columns + NN_LANES * lane_words(w) * 2);
    const bool shared = nn_lanes_share_input(args->depth_multiplier);
    const bool narrow = nn_is_narrow(w) && args->depth_multiplier == 1, only = w->out_h * w->out_w == 1;
    for (int32_t b = 0; b < w->batches; b++) {
        int8_t *output = args->output + b * w->out_h * w->out_w * w->out_c;
        for (int32_t c = 0; c < w->out_c; c += NN_LANES) {
            nn_group_t group = {args, args->input + b * w->in_h * w->in_w * w->in_c, c,
                                nn_min(NN_LANES, w->out_c - c)};
            if (narrow && group.lanes == NN_LANES) {
                (only ? nn_depthwise_only_pixel : nn_depthwise_narrow)(&group, &slab, output + c);
            } else if (shared) {
                nn_depthwise_shared(&group, &slab, output + c);
            } else {
                if (narrow || (b == 0 && c == 0)) { /* the copy of a narrow image lay there */
                    memset(slab.data, 0, (size_t)nn_slab_values(&slab) * sizeof slab.data[0]);
                }
                run_slab(&group, slab, output + c);
            }
        }
    }
}
