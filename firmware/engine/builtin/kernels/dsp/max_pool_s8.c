/* MAX_POOL_2D of four channels at a time: SSUB8 compares the bytes of two words, SEL takes the larger ones. */
#include "kernels/pool_window.h"
#include "simd.h"

enum { LANES = 4 };

static inline int8x4_t larger(int8x4_t a, int8x4_t b)
{
    (void)__ssub8(a, b);
    return (int8x4_t)__sel((uint8x4_t)a, (uint8x4_t)b);
}

static int8x4_t largest4(const nn_window_t *w, const nn_pool_window_t *window, int32_t channel)
{
    const int8_t *row = window->corner + channel;
    int8x4_t best = (int8x4_t)0x80808080u;
    for (int32_t y = window->rows; y > 0; y--, row += w->in_w * w->in_c) {
        const int8_t *pixel = row;
        for (int32_t x = window->columns; x > 0; x--, pixel += w->in_c) {
            best = larger((int8x4_t)nn_load_u32(pixel), best);
        }
    }
    return best;
}

static int32_t largest(const nn_window_t *w, const nn_pool_window_t *window, int32_t channel)
{
    int32_t best = INT8_MIN;
    for (int32_t y = 0; y < window->rows; y++) {
        const int8_t *pixel = window->corner + y * w->in_w * w->in_c + channel;
        for (int32_t x = 0; x < window->columns; x++) {
            best = nn_max(best, pixel[x * w->in_c]);
        }
    }
    return best;
}

static void pool_pixel(const nn_conv_args_t *args, const nn_pool_window_t *window, int8_t *output)
{
    const nn_range_t *range = &args->range;
    bool full = nn_is_full_range(range);
    int32_t c = 0;
    for (; full && c + LANES <= args->window.out_c; c += LANES) {
        int8x4_t best = largest4(&args->window, window, c);
        memcpy(output + c, &best, sizeof best);
    }
    for (; c < args->window.out_c; c++) {
        output[c] = nn_clamp_s8(largest(&args->window, window, c), range->low, range->high);
    }
}

void nn_max_pool_s8(const nn_conv_args_t *args)
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
