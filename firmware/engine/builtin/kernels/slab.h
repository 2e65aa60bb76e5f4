/* What a depthwise convolution slides over: some rows of an image, of four channels, as int16 less the zero point,
 * with zeros around the image.
 *
 * Rows are taken from the image just before the first output row that needs them. An output that is no larger than
 * the input may therefore be written over it: what it overwrites has been taken. */
#ifndef NN_SLAB_H
#define NN_SLAB_H

#include <string.h>

#include "kernels.h"
#include "requant.h"

enum { NN_LANES = 4, NN_SLAB_SPARE_ROWS = 3, NN_SLAB_PIXELS = 4 };

/* A row has `width` values of each lane, one lane behind the other. */
typedef struct {
    int16_t *data;
    int32_t width;    /* even; as far as windows reach, those of nn_slab_in_quads up to a multiple of four pixels */
    int32_t columns;  /* of the image that are in reach */
    int32_t capacity; /* rows */
    int32_t first;    /* row of the image that is the slab's first; negative above it */
    int32_t rows;     /* in use */
} nn_slab_t;

/* Four output channels, the last ones of which may be missing. */
typedef struct {
    const nn_conv_args_t *args;
    const int8_t *image;
    int32_t channel; /* the first output channel */
    int32_t lanes;   /* that exist */
} nn_group_t;

typedef void nn_slab_load_fn(const nn_group_t *group, const nn_slab_t *slab, int32_t row, int16_t *to);

/* The DSP kernel makes four pixels of a row at a time. */
static inline bool nn_slab_in_quads(const nn_window_t *w)
{
    return w->dilation_w == 1 && w->stride_w <= 2;
}

static inline nn_slab_t nn_slab(const nn_window_t *w, int16_t *data)
{
    int32_t unit = nn_slab_in_quads(w) ? NN_SLAB_PIXELS : 1;
    int32_t pixels = (w->out_w + unit - 1) / unit * unit;
    int32_t width = (pixels - 1) * w->stride_w + (w->filter_w - 1) * w->dilation_w + 1;
    int32_t extent = (w->filter_h - 1) * w->dilation_h + 1;
    int32_t height = (w->out_h - 1) * w->stride_h + extent;
    nn_slab_t slab = {
        .data = data,
        .width = (width + 3) / 2 * 2, /* words are read two at a time */
        .columns = nn_min(w->in_w, width - w->pad_left),
        .capacity = nn_min(height, extent + NN_SLAB_SPARE_ROWS),
        .first = -w->pad_top,
    };
    return slab;
}

static inline int32_t nn_slab_values(const nn_slab_t *slab)
{
    return slab->capacity * slab->width * NN_LANES;
}

static inline int16_t *nn_slab_row(const nn_slab_t *slab, int32_t row)
{
    return slab->data + (row - slab->first) * slab->width * NN_LANES;
}

/* Makes the rows available that output row `y` reads; the first of them. */
static inline int16_t *nn_slab_reach(nn_slab_t *slab, const nn_group_t *group, int32_t y, nn_slab_load_fn *load)
{
    const nn_window_t *w = &group->args->window;
    const size_t row_bytes = (size_t)(slab->width * NN_LANES) * sizeof slab->data[0];
    int32_t first = y * w->stride_h - w->pad_top, last = first + (w->filter_h - 1) * w->dilation_h;
    if (last - slab->first >= slab->capacity) { /* slide */
        int32_t kept = nn_max(slab->first + slab->rows - first, 0);
        memmove(slab->data, nn_slab_row(slab, slab->first + slab->rows - kept), (size_t)kept * row_bytes);
        slab->first = first;
        slab->rows = kept;
    }
    for (; slab->first + slab->rows <= last; slab->rows++) {
        int32_t row = slab->first + slab->rows;
        int16_t *to = nn_slab_row(slab, row);
        if (row >= 0 && row < w->in_h) {
            load(group, slab, row, to + w->pad_left);
        } else {
            memset(to, 0, row_bytes);
        }
    }
    return nn_slab_row(slab, first);
}

/* The DSP kernel's scratch for one lane, besides the slab: this and two words of weights for each pair of columns. */
typedef struct {
    int32_t multiplier, right, offset, bias, stride, back;
    int32_t fast;
} nn_lane_t;

static inline int32_t nn_tap_pairs(const nn_window_t *w)
{
    return w->filter_w / 2 + 1;
}

/* Narrow images and few pixels, where rows of four pixels are mostly beyond the image: the DSP kernel takes four
 * channels of one pixel at a time, from a copy of the whole image. */
static inline bool nn_is_narrow(const nn_window_t *w)
{
    enum { MOST_PIXELS = 256, FEW_OUTPUTS = 25, NARROW = 3 };
    return (w->out_w <= NARROW || (w->out_w <= FEW_OUTPUTS && w->out_h <= FEW_OUTPUTS / w->out_w)) &&
           w->in_h <= MOST_PIXELS && w->in_w <= MOST_PIXELS && w->in_h * w->in_w <= MOST_PIXELS;
}

/* Four output channels that share an input channel need no slab: the input is read where it lies. */
static inline bool nn_lanes_share_input(int32_t depth_multiplier)
{
    return depth_multiplier % NN_LANES == 0;
}

#endif
