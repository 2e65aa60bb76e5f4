/* What the forms of the depthwise convolution share: four channels, their weights in the file, their constants. */
#ifndef NN_DEPTHWISE_GROUP_H
#define NN_DEPTHWISE_GROUP_H

#include "kernels/slab.h"
#include "kernels/taps.h"
#include "simd.h"

/* Four channels from a copy of a narrow image; `slab` has its size only. */
void nn_depthwise_narrow(const nn_group_t *group, const nn_slab_t *slab, int8_t *output);

/* The only output pixel of four channels. */
void nn_depthwise_only_pixel(const nn_group_t *group, const nn_slab_t *slab, int8_t *output);

/* Four output channels of one input channel. */
void nn_depthwise_shared(const nn_group_t *group, const nn_slab_t *slab, int8_t *output);

/* The bytes of the lanes that exist: they may not lie side by side, or at the end of the file. */
static inline uint32_t nn_pixel_word(const nn_group_t *group, const int8_t *pixel)
{
    uint32_t word = 0;
    for (int32_t lane = 0; lane < group->lanes; lane++) {
        int32_t channel = (group->channel + lane) / group->args->depth_multiplier;
        word |= (uint32_t)(uint8_t)pixel[channel] << (8 * lane);
    }
    return word;
}

static inline uint32_t nn_weights_word(const nn_group_t *group, int32_t tap)
{
    const int8_t *from = group->args->filter + tap * group->args->window.out_c + group->channel;
    uint32_t word = 0;
    if (group->lanes == NN_LANES) {
        return nn_load_u32(from);
    }
    for (int32_t lane = 0; lane < group->lanes; lane++) {
        word |= (uint32_t)(uint8_t)from[lane] << (8 * lane);
    }
    return word;
}

static inline void nn_set_lane(const nn_conv_args_t *args, const nn_slab_t *slab, int32_t channel, nn_lane_t *lane)
{
    const nn_window_t *w = &args->window;
    const nn_channel_t *from = &args->channels[channel];
    lane->multiplier = from->multiplier;
    lane->right = -from->shift;
    lane->bias = from->bias;
    lane->fast = nn_is_fast(from, nn_fast_room(w->filter_h * w->filter_w));
    lane->offset = lane->fast ? nn_fast_offset(args->range.zero_point, lane->right) : 0;
    lane->stride = w->out_c;
    /* From a filter's last row to its first one of the next four pixels. */
    lane->back = (NN_SLAB_PIXELS * w->stride_w - 2 * w->dilation_h * slab->width * NN_LANES) *
                 (int32_t)sizeof(int16_t);
}

static inline int32_t nn_finish(const nn_lane_t *lane, const nn_range_t *range, int32_t sum)
{
    int32_t value = lane->fast ? nn_requantize_fast(sum, lane->multiplier, lane->right, lane->offset)
                               : nn_requantize(sum, lane->multiplier, -lane->right) + range->zero_point;
    return nn_clamp_s8(value, range->low, range->high);
}

NN_INLINE int8_t nn_fast_output(const nn_lane_t *lane, int32_t sum)
{
    return (int8_t)nn_saturate_s8(nn_requantize_fast(sum, lane->multiplier, lane->right, lane->offset));
}

#endif
