#include "kernels/pool_window.h"

static int8_t average(const nn_conv_args_t *args, const nn_pool_window_t *window, int32_t channel)
{
    const nn_window_t *w = &args->window;
    int32_t sum = 0, count = window->rows * window->columns;
    for (int32_t y = 0; y < window->rows; y++) {
        const int8_t *pixel = window->corner + y * w->in_w * w->in_c + channel;
        for (int32_t x = 0; x < window->columns; x++) {
            sum += pixel[x * w->in_c];
        }
    }
    int32_t rounded = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
    return nn_clamp_s8(rounded, args->range.low, args->range.high);
}

void nn_average_pool_s8(const nn_conv_args_t *args)
{
    const nn_window_t *w = &args->window;
    int8_t *output = args->output;
    for (int32_t b = 0; b < w->batches; b++) {
        const int8_t *image = args->input + b * w->in_h * w->in_w * w->in_c;
        for (int32_t y = 0; y < w->out_h; y++) {
            for (int32_t x = 0; x < w->out_w; x++) {
                nn_pool_window_t window = nn_pool_window(w, image, y, x);
                for (int32_t c = 0; c < w->out_c; c++) {
                    *output++ = average(args, &window, c);
                }
            }
        }
    }
}
