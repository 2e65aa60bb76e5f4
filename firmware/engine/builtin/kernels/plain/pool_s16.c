#include <stdbool.h>

#include "kernels/pool_window.h"

/* The part of a window that lies on the image: its first pixel, rows and columns. */
typedef struct {
    int32_t row, column, rows, columns;
} part_t;

static part_t part_of(const nn_window_t *w, int32_t y, int32_t x)
{
    const int32_t top = y * w->stride_h - w->pad_top, left = x * w->stride_w - w->pad_left;
    const int32_t row = nn_max(top, 0), column = nn_max(left, 0);
    const part_t part = {
        row,
        column,
        nn_min(top + w->filter_h, w->in_h) - row,
        nn_min(left + w->filter_w, w->in_w) - column,
    };
    return part;
}

static int32_t pooled(const nn_window_t *w, const int16_t *image, const part_t *part, int32_t channel, bool largest)
{
    int32_t sum = 0, best = INT16_MIN;
    for (int32_t y = part->row; y < part->row + part->rows; y++) {
        for (int32_t x = part->column; x < part->column + part->columns; x++) {
            const int32_t value = image[(y * w->in_w + x) * w->in_c + channel];
            sum = nn_wrapping_add(sum, value);
            best = nn_max(best, value);
        }
    }
    const int32_t count = part->rows * part->columns;
    const int32_t half = sum > 0 ? count / 2 : -(count / 2);
    return largest ? best : nn_wrapping_add(sum, half) / count;
}

static void pool(const nn_conv_args_t *args, bool largest)
{
    const nn_window_t *w = &args->window;
    const int16_t *image = (const int16_t *)(const void *)args->input;
    int16_t *output = (int16_t *)(void *)args->output;
    for (int32_t b = 0; b < w->batches; b++) {
        for (int32_t y = 0; y < w->out_h; y++) {
            for (int32_t x = 0; x < w->out_w; x++) {
                const part_t part = part_of(w, y, x);
                for (int32_t c = 0; c < w->out_c; c++) {
                    const int32_t value = pooled(w, image, &part, c, largest);
                    *output++ = (int16_t)nn_min(nn_max(value, args->range.low), args->range.high);
                }
            }
        }
        image += w->in_h * w->in_w * w->in_c;
    }
}

void nn_average_pool_s16(const nn_conv_args_t *args)
{
    pool(args, false);
}

void nn_max_pool_s16(const nn_conv_args_t *args)
{
    pool(args, true);
}
