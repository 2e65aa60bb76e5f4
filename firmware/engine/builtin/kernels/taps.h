/* The rows or columns of a filter that lie on the image. */
#ifndef NN_TAPS_H
#define NN_TAPS_H

#include "requant.h"

/* `from` to `to`, exclusive; `start` is where the first of them lies. */
typedef struct {
    int32_t from, to, start;
} nn_taps_t;

static inline nn_taps_t nn_taps(int32_t start, int32_t size, int32_t filter, int32_t dilation)
{
    nn_taps_t taps = {0, filter, start};
    if (start < 0) {
        taps.from = nn_min((dilation - 1 - start) / dilation, filter);
        taps.start += taps.from * dilation;
    }
    if (start + (filter - 1) * dilation >= size) {
        taps.to = nn_max((size - start + dilation - 1) / dilation, taps.from);
    }
    return taps;
}

#endif
