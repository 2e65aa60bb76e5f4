/* DEPTHWISE_CONV_2D, channel by channel over a plane of int16, so that two neighbours are one word for SMLAD.
 *
 * The plane holds raw inputs, padding the zero point, which is taken out of the bias once per channel. */
#include "kernels/plane.h"
#include "simd.h"

enum { QUAD = 4 };

/* A row of three weights a b c as pairs (a, b) and (b, c). */
typedef struct {
    int16x2_t ab, bc;
} weights3_t;

typedef struct {
    const nn_window_t *window;
    const nn_plane_t *plane;
    const int8_t *weights; /* of this channel, out_c apart */
    int32_t bias;          /* with the zero point's part taken out */
    const nn_channel_t *requant;
    nn_range_t range;
} channel_t;

static inline int16x2_t pair_at(const int16_t *address)
{
    return (int16x2_t)nn_load_i32(address);
}

static inline int8_t finish(const channel_t *channel, int32_t sum)
{
    int32_t value = nn_requantize(sum, channel->requant->multiplier, channel->requant->shift);
    return nn_clamp_s8(value + channel->range.zero_point, channel->range.low, channel->range.high);
}

static int32_t any_sum(const channel_t *channel, const int16_t *corner)
{
    const nn_window_t *w = channel->window;
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
static void any_row(const channel_t *channel, const int16_t *row, int8_t *output)
{
    const nn_window_t *w = channel->window;
    for (int32_t x = 0; x < w->out_w; x++) {
        output[x * w->out_c] = finish(channel, any_sum(channel, row + x * w->stride_w));
    }
}

static inline int16x2_t pack(int32_t low, int32_t high)
{
    return (int16x2_t)(((uint32_t)low & 0xffffu) | (uint32_t)high << 16);
}

static void load_weights3(const channel_t *channel, weights3_t rows[3])
{
    const int8_t *w = channel->weights;
    int32_t step = channel->window->out_c;
    for (int32_t i = 0; i < 3; i++, w += 3 * step) {
        rows[i].ab = pack(w[0], w[step]);
        rows[i].bc = pack(w[step], w[2 * step]);
    }
}

/* One row of weights on the words (0, 1), (2, 3) and (4, 5), for outputs 0 to 3. */
NN_INLINE nn_sums_t add_row3(nn_sums_t sums, const weights3_t *weights, const int16_t *row)
{
    const int16x2_t ab = weights->ab, bc = weights->bc;
    const int16x2_t first = pair_at(row), second = pair_at(row + 2), third = pair_at(row + 4);
    sums.at[0] = __smlabt(second, bc, __smlad(first, ab, sums.at[0]));
    sums.at[1] = __smlatb(first, ab, __smlad(second, bc, sums.at[1]));
    sums.at[2] = __smlabt(third, bc, __smlad(second, ab, sums.at[2]));
    sums.at[3] = __smlatb(second, ab, __smlad(third, bc, sums.at[3]));
    return sums;
}

/* 3x3, stride 1, four outputs at a time; returns how many it made. */
static int32_t row3_stride1(const channel_t *channel, const weights3_t rows[3], const int16_t *row, int8_t *output)
{
    const int32_t width = channel->plane->width, step = channel->window->out_c, bias = channel->bias;
    const int32_t offset = nn_fast_offset(channel->range.zero_point, -channel->requant->shift);
    int32_t x = 0;
    for (; x + QUAD <= channel->window->out_w; x += QUAD, row += QUAD) {
        nn_sums_t sums = {{bias, bias, bias, bias}};
        sums = add_row3(sums, &rows[0], row);
        sums = add_row3(sums, &rows[1], row + width);
        sums = add_row3(sums, &rows[2], row + 2 * width);
        nn_store4(sums, channel->requant, offset, output, step);
        output += QUAD * step;
    }
    return x;
}

/* 3x3, any stride: one output from the words (0, 1) and (2, -) of three rows. */
static void row3(const channel_t *channel, const weights3_t rows[3], const int16_t *row, int32_t from, int8_t *output)
{
    const int32_t width = channel->plane->width, step = channel->window->out_c, stride = channel->window->stride_w;
    const int32_t right = -channel->requant->shift, offset = nn_fast_offset(channel->range.zero_point, right);
    row += from * stride;
    output += from * step;
    for (int32_t x = from; x < channel->window->out_w; x++, row += stride, output += step) {
        int32_t sum = __smlad(pair_at(row), rows[0].ab, channel->bias);
        sum = __smlabt((int16x2_t)row[2], rows[0].bc, sum);
        sum = __smlad(pair_at(row + width), rows[1].ab, sum);
        sum = __smlabt((int16x2_t)row[width + 2], rows[1].bc, sum);
        sum = __smlad(pair_at(row + 2 * width), rows[2].ab, sum);
        sum = __smlabt((int16x2_t)row[2 * width + 2], rows[2].bc, sum);
        *output = (int8_t)nn_saturate_s8(nn_requantize_fast(sum, channel->requant->multiplier, right, offset));
    }
}

static void fast_channel3(const channel_t *channel, int8_t *output)
{
    const nn_window_t *w = channel->window;
    weights3_t rows[3];
    load_weights3(channel, rows);
    for (int32_t y = 0; y < w->out_h; y++, output += w->out_w * w->out_c) {
        const int16_t *row = channel->plane->data + y * w->stride_h * channel->plane->width;
        int32_t done = w->stride_w == 1 ? row3_stride1(channel, rows, row, output) : 0;
        row3(channel, rows, row, done, output);
    }
}

static void any_channel(const channel_t *channel, int8_t *output)
{
    const nn_window_t *w = channel->window;
    for (int32_t y = 0; y < w->out_h; y++, output += w->out_w * w->out_c) {
        any_row(channel, channel->plane->data + y * w->stride_h * channel->plane->width, output);
    }
}

/* The zero point's part of every sum, which is the same for all pixels. */
static int32_t without_zero_point(const nn_conv_args_t *args, int32_t c)
{
    const nn_window_t *w = &args->window;
    int32_t sum = 0;
    for (int32_t i = 0; i < w->filter_h * w->filter_w; i++) {
        sum += args->filter[i * w->out_c + c];
    }
    return (int32_t)((uint32_t)args->channels[c].bias - (uint32_t)(sum * args->input_zero_point));
}

void nn_depthwise_s8(const nn_conv_args_t *args)
{
    const nn_window_t *w = &args->window;
    nn_plane_t plane = nn_plane(w, args->columns);
    bool fast = w->filter_h == 3 && w->filter_w == 3 && w->dilation_h == 1 && w->dilation_w == 1 &&
                nn_is_full_range(&args->range) && nn_all_fast(args->channels, w->out_c, 9);
    nn_plane_fill(&plane, args->input_zero_point);
    for (int32_t b = 0; b < w->batches; b++) {
        const int8_t *image = args->input + b * w->in_h * w->in_w * w->in_c;
        int8_t *output = args->output + b * w->out_h * w->out_w * w->out_c;
        for (int32_t c = 0; c < w->out_c; c++) {
            channel_t channel = {
                w, &plane, args->filter + c, without_zero_point(args, c), &args->channels[c], args->range};
            if (c % args->depth_multiplier == 0) {
                nn_plane_load(&plane, w, image + c / args->depth_multiplier);
            }
            (fast ? fast_channel3 : any_channel)(&channel, output + c);
        }
    }
}
