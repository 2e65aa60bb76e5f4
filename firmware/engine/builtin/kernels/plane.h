/* One channel of an image as int16, with the padding around it: what a depthwise convolution slides over. */
#ifndef NN_PLANE_H
#define NN_PLANE_H

#include "kernels.h"
#include "requant.h"

typedef struct {
    int16_t *data;
    int32_t width, height; /* as far as the windows reach; the width is even */
    int32_t rows, columns; /* of the image, where they are in reach */
} nn_plane_t;

static inline nn_plane_t nn_plane(const nn_window_t *w, int16_t *data)
{
    int32_t width = (w->out_w - 1) * w->stride_w + (w->filter_w - 1) * w->dilation_w + 1;
    int32_t height = (w->out_h - 1) * w->stride_h + (w->filter_h - 1) * w->dilation_h + 1;
    nn_plane_t plane = {
        data, width + (width & 1), height, nn_min(w->in_h, height - w->pad_top), nn_min(w->in_w, width - w->pad_left),
    };
    return plane;
}

static inline void nn_plane_fill(const nn_plane_t *plane, int32_t value)
{
    for (int32_t i = 0; i < plane->width * plane->height; i++) {
        plane->data[i] = (int16_t)value;
    }
}

/* Takes one channel of an image; the padding keeps the value it was filled with. */
static inline void nn_plane_load(const nn_plane_t *plane, const nn_window_t *w, const int8_t *channel)
{
    for (int32_t y = 0; y < plane->rows; y++) {
        const int8_t *from = channel + y * w->in_w * w->in_c;
        int16_t *to = plane->data + (y + w->pad_top) * plane->width + w->pad_left;
        int32_t x = plane->columns;
        for (; x >= 4; x -= 4, to += 4) {
            to[0] = *from, from += w->in_c;
            to[1] = *from, from += w->in_c;
            to[2] = *from, from += w->in_c;
            to[3] = *from, from += w->in_c;
        }
        for (; x > 0; x--, from += w->in_c) {
            *to++ = *from;
        }
    }
}

#endif
