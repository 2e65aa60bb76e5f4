#include "kernels/slab.h"

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

/* The weights of four channels, as bytes or with a slab as int16. What is too much for 32 bits is too much for any
 * arena. */
uint32_t nn_depthwise_columns_bytes(const nn_window_t *window, int32_t depth_multiplier)
{
    enum { TOO_MUCH = 0x7ffffff0 };
    if (nn_lanes_share_input(depth_multiplier)) {
        return (uint32_t)window->filter_h * (uint32_t)window->filter_w * NN_LANES;
    }
    nn_slab_t slab = nn_slab(window, NULL);
    uint64_t weights = sizeof(nn_lane_t) + (uint64_t)window->filter_h * (uint32_t)nn_tap_pairs(window) * 2 * WORD;
    uint64_t rows = (uint64_t)slab.capacity * (uint32_t)slab.width * sizeof(int16_t);
    uint64_t bytes = (weights + rows) * NN_LANES;
    return bytes < TOO_MUCH ? (uint32_t)bytes : TOO_MUCH;
}
