#include "kernels/plane.h"

enum { PIXELS = 4, WORD = 4 };

static uint32_t words(uint32_t bytes)
{
    return (bytes + WORD - 1) / WORD * WORD;
}

/* The DSP kernel's tile: four pixels, each its receptive field as int16, filled up to groups of four; and the
 * bytes of one receptive field where pixels are not whole words. */
uint32_t nn_conv_columns_bytes(const nn_window_t *window)
{
    uint32_t depth = words((uint32_t)window->filter_h * (uint32_t)window->filter_w * (uint32_t)window->in_c);
    uint32_t stage = window->in_c % WORD == 0 ? 0 : depth;
    return PIXELS * depth * (uint32_t)sizeof(int16_t) + stage;
}

uint32_t nn_depthwise_columns_bytes(const nn_window_t *window, int32_t depth_multiplier)
{
    (void)depth_multiplier;
    nn_plane_t plane = nn_plane(window, NULL);
    return (uint32_t)(plane.width * plane.height) * (uint32_t)sizeof(int16_t);
}
