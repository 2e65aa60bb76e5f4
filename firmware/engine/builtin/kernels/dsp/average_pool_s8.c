/* AVERAGE_POOL_2D of four channels at a time, whose sums are the halves of two words. */
#include "kernels/pool_window.h"
#include "simd.h"

enum { LANES = 4, LARGEST_WINDOW = 256 }; /* sums of so many bytes fit into int16 */

static int8_t finish(const nn_range_t *range, int32_t sum, int32_t count)
{
    int32_t rounded = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
    return nn_clamp_s8(rounded, range->low, range->high);
}

static void average4(const nn_window_t *w, const nn_pool_window_t *window, const nn_range_t *range, int32_t channel,
                     int8_t *output)
{
    const int32_t in_c = w->in_c, count = window->rows * window->columns;
    const int8_t *row = window->corner + channel;
    int16x2_t even = 0, odd = 0;
    for (int32_t y = window->rows; y > 0; y--, row += w->in_w * in_c) {
        const int8_t *pixel = row;
        int32_t left = window->columns;
        for (; left >= 2; left -= 2, pixel += 2 * in_c) {
            uint32_t first = nn_load_u32(pixel), second = nn_load_u32(pixel + in_c);
            even = nn_add_even(nn_add_even(even, first), second);
            odd = nn_add_odd(nn_add_odd(odd, first), second);
        }
        if (left > 0) {
            uint32_t last = nn_load_u32(pixel);
            even = nn_add_even(even, last);
            odd = nn_add_odd(odd, last);
        }
    }
    output[0] = finish(range, (int16_t)even, count);
    output[1] = finish(range, (int16_t)odd, count);
    output[2] = finish(range, (int32_t)even >> 16, count);
    output[3] = finish(range, (int32_t)odd >> 16, count);
}

static int8_t average(const nn_window_t *w, const nn_pool_window_t *window, const nn_range_t *range, int32_t channel)
{
    const int8_t *row = window->corner + channel;
    int32_t sum = 0;
    for (int32_t y = window->rows; y > 0; y--, row += w->in_w * w->in_c) {
        for (int32_t x = 0; x < window->columns; x++) {
            sum += row[x * w->in_c];
        }
    }
    return finish(range, sum, window->rows * window->columns);
}

static void pool_pixel(const nn_conv_args_t *args, const nn_pool_window_t *window, int8_t *output)
{
    const nn_window_t w = args->window;
    const nn_range_t range = args->range;
    int32_t c = 0;
    if (window->rows * window->columns <= LARGEST_WINDOW) {
        for (; c + LANES <= w.out_c; c += LANES) {
            average4(&w, window, &range, c, output + c);
        }
    }
    for (; c < w.out_c; c++) {
        output[c] = average(&w, window, &range, c);
    }
}

void nn_average_pool_s8(const nn_conv_args_t *args)
{
    const nn_window_t *w = &args->window;
    int8_t *output = args->output;
    for (int32_t b = 0; b < w->batches; b++) {
        const int8_t *image = args->input + b * w->in_h * w->in_w * w->in_c;
        for (int32_t y = 0; y < w->out_h; y++) {
            for (int32_t x = 0; x < w->out_w; x++, output += w->out_c) {
                nn_pool_window_t window = nn_pool_window(w, image, y, x);
                pool_pixel(args, &window, output);
            }
        }
    }
}
