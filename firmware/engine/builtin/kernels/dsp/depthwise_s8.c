/* DEPTHWISE_CONV_2D, channel by channel over a plane of int16, so that two neighbours are one word for SMLAD.
 *
 * The plane holds raw inputs, padding the zero point, which is taken out of the bias once a channel. */
#include "plane.h"
#include "simd.h"

/* A row of three weights a b c as pairs (a, b) and (b, c). */
typedef struct {
    int16x2_t ab, bc;
} weights3_t;

typedef struct {
    const ev_window_t *window;
    const ev_plane_t *plane;
    const int8_t *weights; /* of this channel, out_c apart */
    int32_t bias;
    int32_t multiplier, shift;
    ev_range_t range;
} channel_t;

static inline int16x2_t pair_at(const int16_t *address) {
    return (int16x2_t)ev_load_i32(address);
}

static inline int8_t finish(const channel_t *channel, int32_t sum) {
    int32_t value = ev_requantize(sum, channel->multiplier, channel->shift) + channel->range.zero_point;
    return ev_clamp_s8(value, channel->range.low, channel->range.high);
}

static int32_t any_sum(const channel_t *channel, const int16_t *corner) {
    const ev_window_t *w = channel->window;
    const int8_t *weights = channel->weights;
    uint32_t sum = (uint32_t)channel->bias;
    for (int32_t fy = 0; fy < w->filter_h; fy++) {
        const int16_t *row = corner + fy * w->dilation_h * channel->plane->width;
        for (int32_t fx = 0; fx < w->filter_w; fx++, weights += w->out_c) {
            sum += (uint32_t)(*weights * row[fx * w->dilation_w]);
        }
    }
    return (int32_t)sum;
}

/* Any filter. */
static void any_row(const channel_t *channel, const int16_t *row, int8_t *output) {
    const ev_window_t *w = channel->window;
    for (int32_t x = 0; x < w->out_w; x++) {
        output[x * w->out_c] = finish(channel, any_sum(channel, row + x * w->stride_w));
    }
}

static inline int16x2_t pack(int32_t low, int32_t high) {
    return (int16x2_t)(((uint32_t)low & 0xffffu) | (uint32_t)high << 16);
}

static void load_weights3(const channel_t *channel, weights3_t rows[3]) {
    const int8_t *w = channel->weights;
    int32_t step = channel->window->out_c;
    for (int32_t i = 0; i < 3; i++, w += 3 * step) {
        rows[i].ab = pack(w[0], w[step]);
        rows[i].bc = pack(w[step], w[2 * step]);
    }
}

/* 3x3, stride 1: two outputs from the words (0, 1) and (2, 3) of three rows. */
static void row3_stride1(const channel_t *channel, const weights3_t rows[3], const int16_t *row, int8_t *output) {
    const int32_t width = channel->plane->width, step = channel->window->out_c;
    const int32_t right = -channel->shift, multiplier = channel->multiplier;
    const int32_t offset = ev_fast_offset(channel->range.zero_point, right);
    const weights3_t top = rows[0], middle = rows[1], bottom = rows[2];
    for (int32_t x = channel->window->out_w; x >= 2; x -= 2, row += 2) {
        int16x2_t left = pair_at(row), next = pair_at(row + 2);
        int32_t first = __smlad(left, top.ab, channel->bias), second = __smlad(next, top.bc, channel->bias);
        first = __smlabt(next, top.bc, first);
        second = __smlatb(left, top.ab, second);
        left = pair_at(row + width), next = pair_at(row + width + 2);
        first = __smlabt(next, middle.bc, __smlad(left, middle.ab, first));
        second = __smlatb(left, middle.ab, __smlad(next, middle.bc, second));
        left = pair_at(row + 2 * width), next = pair_at(row + 2 * width + 2);
        first = __smlabt(next, bottom.bc, __smlad(left, bottom.ab, first));
        second = __smlatb(left, bottom.ab, __smlad(next, bottom.bc, second));
        *output = (int8_t)ev_saturate_s8(ev_requantize_fast(first, multiplier, right, offset));
        output += step;
        *output = (int8_t)ev_saturate_s8(ev_requantize_fast(second, multiplier, right, offset));
        output += step;
    }
}

/* 3x3, any stride: one output from the words (0, 1) and (2, -) of three rows. */
static void row3(const channel_t *channel, const weights3_t rows[3], const int16_t *row, int32_t from, int8_t *output) {
    const int32_t width = channel->plane->width, step = channel->window->out_c, stride = channel->window->stride_w;
    const int32_t right = -channel->shift, offset = ev_fast_offset(channel->range.zero_point, right);
    row += from * stride;
    output += from * step;
    for (int32_t x = from; x < channel->window->out_w; x++, row += stride, output += step) {
        int32_t sum = __smlad(pair_at(row), rows[0].ab, channel->bias);
        sum = __smlabt((int16x2_t)row[2], rows[0].bc, sum);
        sum = __smlad(pair_at(row + width), rows[1].ab, sum);
        sum = __smlabt((int16x2_t)row[width + 2], rows[1].bc, sum);
        sum = __smlad(pair_at(row + 2 * width), rows[2].ab, sum);
        sum = __smlabt((int16x2_t)row[2 * width + 2], rows[2].bc, sum);
        *output = (int8_t)ev_saturate_s8(ev_requantize_fast(sum, channel->multiplier, right, offset));
    }
}

static void fast_channel3(const channel_t *channel, int8_t *output) {
    const ev_window_t *w = channel->window;
    weights3_t rows[3];
    load_weights3(channel, rows);
    for (int32_t y = 0; y < w->out_h; y++, output += w->out_w * w->out_c) {
        const int16_t *row = channel->plane->data + y * w->stride_h * channel->plane->width;
        if (w->stride_w == 1) {
            row3_stride1(channel, rows, row, output);
        }
        row3(channel, rows, row, w->stride_w == 1 ? w->out_w & ~1 : 0, output);
    }
}

static void any_channel(const channel_t *channel, int8_t *output) {
    const ev_window_t *w = channel->window;
    for (int32_t y = 0; y < w->out_h; y++, output += w->out_w * w->out_c) {
        any_row(channel, channel->plane->data + y * w->stride_h * channel->plane->width, output);
    }
}

/* The zero point's part of every sum, which is the same for all pixels. */
static int32_t without_zero_point(const ev_conv_args_t *args, int32_t c) {
    const ev_window_t *w = &args->window;
    int32_t sum = 0;
    for (int32_t i = 0; i < w->filter_h * w->filter_w; i++) {
        sum += args->filter[i * w->out_c + c];
    }
    return (int32_t)((uint32_t)args->channels[c].bias - (uint32_t)(sum * args->input_zero_point));
}

void ev_depthwise_s8(const ev_conv_args_t *args) {
    const ev_window_t *w = &args->window;
    ev_plane_t plane = ev_plane(w, args->columns);
    bool fast = w->filter_h == 3 && w->filter_w == 3 && w->dilation_h == 1 && w->dilation_w == 1 &&
                ev_is_full_range(&args->range) && ev_all_fast(args->channels, w->out_c, 9);
    ev_plane_fill(&plane, args->input_zero_point);
    for (int32_t b = 0; b < w->batches; b++) {
        const int8_t *image = args->input + b * w->in_h * w->in_w * w->in_c;
        int8_t *output = args->output + b * w->out_h * w->out_w * w->out_c;
        for (int32_t c = 0; c < w->out_c; c++) {
            channel_t channel = {w, &plane, args->filter + c, without_zero_point(args, c),
                                 args->channels[c].multiplier, args->channels[c].shift, args->range};
            if (c % args->depth_multiplier == 0) {
                ev_plane_load(&plane, w, image + c / args->depth_multiplier);
            }
            (fast ? fast_channel3 : any_channel)(&channel, output + c);
        }
    }
}
