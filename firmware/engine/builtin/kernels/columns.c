#include "kernels.h"

enum { COLUMNS = 4 };

/* The widest tile of the DSP kernels: four pixels, each its receptive field as int16, padded to whole words of
 * four. */
uint32_t ev_conv_columns_bytes(const ev_window_t *window) {
    uint32_t depth = (uint32_t)window->filter_h * (uint32_t)window->filter_w * (uint32_t)window->in_c;
    return COLUMNS * ((depth + 3) / 4 * 4) * (uint32_t)sizeof(int16_t);
}

uint32_t ev_depthwise_columns_bytes(const ev_window_t *window) {
    (void)window;
    return 0;
}

uint32_t ev_dense_columns_bytes(int32_t inputs) {
    return ((uint32_t)inputs + 3) / 4 * 4 * (uint32_t)sizeof(int16_t);
}
