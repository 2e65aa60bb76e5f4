#include "kernels/slab.h"

enum { PIXELS = 4, WORD = 4 };

static uint32_t words(uint32_t bytes)
{
    return (bytes + WORD - 1) / WORD * WORD;
}

static uint32_t conv_depth(const nn_window_t *window)
{
    return words((uint32_t)window->filter_h * (uint32_t)window->filter_w * (uint32_t)window->in_c);
}

/* Packing two channels' weights costs more than it saves for one tile, and half of it for two; with few products a
 * pixel the call costs more. More tiles than fit into BLOCK_BYTES save little more. */
int32_t nn_conv_block_tiles(const nn_window_t *window)
{
    enum { BLOCK_BYTES = 2560, FEWEST = 2, MOST = 8 };
    uint32_t tile = PIXELS * conv_depth(window) * (uint32_t)sizeof(int16_t);
    int32_t fit = (int32_t)(BLOCK_BYTES / tile), there = window->out_h * window->out_w / PIXELS;
    int32_t tiles = nn_min(nn_min(fit, there), MOST);
    return tiles < FEWEST ? 1 : tiles;
}

/* The DSP kernel's tiles: four pixels, each its receptive field as int16, filled up to groups of four; the packed
 * weights of two channels where there are several tiles; and the bytes of one receptive field where pixels are not
 * whole words. */
uint32_t nn_conv_columns_bytes(const nn_window_t *window)
{
    uint32_t depth = conv_depth(window), tiles = (uint32_t)nn_conv_block_tiles(window);
    uint32_t packed = tiles > 1 ? 2 * depth * (uint32_t)sizeof(int16_t) : 0;
    uint32_t stage = window->in_c % WORD == 0 ? 0 : depth;
    return tiles * PIXELS * depth * (uint32_t)sizeof(int16_t) + packed + stage;
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
    if (nn_is_narrow(window)) {
        uint64_t taps = (uint64_t)window->filter_h * (uint32_t)window->filter_w;
        uint64_t copy = (taps + (uint32_t)(window->in_h * window->in_w)) * NN_LANES * sizeof(int16_t);
        bytes = copy > bytes ? copy : bytes;
    }
    return bytes < TOO_MUCH ? (uint32_t)bytes : TOO_MUCH;
}
