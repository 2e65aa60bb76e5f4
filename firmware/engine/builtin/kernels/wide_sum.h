/* From a sum of products to an output of a convolution with wide accumulators. */
#ifndef NN_WIDE_SUM_H
#define NN_WIDE_SUM_H

#include "kernels.h"
#include "load.h"
#include "requant.h"

/* The reference's for sums of 64 bits: a multiplier of 16 bits, rounded to nearest, ties up. `shift` below 15. */
static inline int32_t nn_requantize_wide(int64_t value, int32_t multiplier, int32_t shift)
{
    const int32_t narrow = multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff;
    const int32_t right = 15 - shift;
    const uint64_t product = (uint64_t)value * (uint64_t)narrow + ((uint64_t)1 << (right - 1));
    return (int32_t)(uint32_t)(uint64_t)((int64_t)product >> right);
}

static inline int32_t nn_wide_output(const nn_wide_args_t *args, int32_t index, int64_t sum)
{
    const nn_channel_t *channel = &args->channels[index];
    uint64_t total = (uint64_t)sum + (uint64_t)(int64_t)channel->bias;
    int32_t value;
    if (args->wide_sums) {
        total += args->wide_bias ? (uint64_t)nn_load_i64(args->wide_bias + 8 * index) : 0;
        value = nn_requantize_wide((int64_t)total, channel->multiplier, channel->shift);
    } else {
        value = nn_requantize((int32_t)(uint32_t)total, channel->multiplier, channel->shift);
    }
    value = nn_wrapping_add(value, args->range.zero_point);
    return nn_min(nn_max(value, args->range.low), args->range.high);
}

#endif
