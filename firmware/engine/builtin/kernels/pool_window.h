/* The part of a pool's window that lies on the image. */
#ifndef NN_POOL_WINDOW_H
#define NN_POOL_WINDOW_H

#include "kernels.h"
#include "requant.h"

typedef struct {
    const int8_t *corner; /* channel 0 of the first pixel */
    int32_t rows, columns;
} nn_pool_window_t;

static inline nn_pool_window_t nn_pool_window(const nn_window_t *w, const int8_t *image, int32_t y, int32_t x)
{
    int32_t top = y * w->stride_h - w->pad_top, left = x * w->stride_w - w->pad_left;
    int32_t first_row = nn_max(top, 0), first_column = nn_max(left, 0);
    nn_pool_window_t window = {
        image + (first_row * w->in_w + first_column) * w->in_c,
        nn_min(top + w->filter_h, w->in_h) - first_row,
        nn_min(left + w->filter_w, w->in_w) - first_column,
    };
    return window;
}

#endif
