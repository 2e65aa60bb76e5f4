/* DEPTHWISE_CONV_2D whose depth multiplier is a multiple of four: four outputs share an input, which is read where it
 * lies. */
#include "depthwise_group.h"

/* Four lanes that share an input channel: words of four int8 weights, and one input for all. */
static void load_shared_weights(const nn_group_t *group)
{
    const nn_window_t *w = &group->args->window;
    uint32_t *to = (uint32_t *)(void *)group->args->columns;
    for (int32_t tap = 0; tap < w->filter_h * w->filter_w; tap++) {
        *to++ = nn_weights_word(group, tap);
    }
}

#define SHARED_TAP                                   \
    "ldrsb %[value], [%[input]]\n\t"                 \
    "ldr %[word], [%[weights]], #4\n\t"              \
    "add %[input], %[input], %[step]\n\t"            \
    "sub %[value], %[value], %[zero]\n\t"            \
    "sxtb16 %[even], %[word]\n\t"                    \
    "sxtb16 %[word], %[word], ror #8\n\t"            \
    "smlabb %[sum0], %[value], %[even], %[sum0]\n\t" \
    "smlabb %[sum1], %[value], %[word], %[sum1]\n\t" \
    "smlabt %[sum2], %[value], %[even], %[sum2]\n\t" \
    "smlabt %[sum3], %[value], %[word], %[sum3]\n\t"

#define SHARED_OPERANDS                                                                                   \
    : [sum0] "+r"(sums.at[0]), [sum1] "+r"(sums.at[1]), [sum2] "+r"(sums.at[2]), [sum3] "+r"(sums.at[3]),   \
      [input] "+r"(input), [weights] "+r"(weights), [value] "=&r"(value), [even] "=&r"(even),               \
      [word] "=&r"(word)                                                                                    \
    : [step] "r"(step), [zero] "r"(zero_point)                                                              \
    : "memory"

NN_INLINE nn_sums_t shared_taps(nn_sums_t sums, const int8_t *input, const uint32_t *weights, int32_t count,
                                int32_t step, int32_t zero_point)
{
    int32_t value, even, word;
    if (count & 1) {
        __asm__ volatile(SHARED_TAP SHARED_OPERANDS);
    }
    for (count >>= 1; count > 0; count--) {
        __asm__ volatile(SHARED_TAP SHARED_TAP SHARED_OPERANDS);
    }
    return sums;
}

static void shared_row(const nn_group_t *group, const nn_lane_t *lanes, int32_t y, int8_t *output)
{
    const nn_conv_args_t *args = group->args;
    const nn_window_t *w = &args->window;
    const nn_taps_t down = nn_taps(y * w->stride_h - w->pad_top, w->in_h, w->filter_h, w->dilation_h);
    const int8_t *channel = group->image + group->channel / args->depth_multiplier;
    for (int32_t x = 0; x < w->out_w; x++, output += w->out_c) {
        nn_taps_t across = nn_taps(x * w->stride_w - w->pad_left, w->in_w, w->filter_w, w->dilation_w);
        const int8_t *row = channel + (down.start * w->in_w + across.start) * w->in_c;
        const uint32_t *weights = (const uint32_t *)(const void *)args->columns;
        weights += down.from * w->filter_w + across.from;
        nn_sums_t sums = {{lanes[0].bias, lanes[1].bias, lanes[2].bias, lanes[3].bias}};
        for (int32_t fy = down.from; fy < down.to; fy++) {
            sums = shared_taps(sums, row, weights, across.to - across.from, w->dilation_w * w->in_c,
                               args->input_zero_point);
            row += w->dilation_h * w->in_w * w->in_c;
            weights += w->filter_w;
        }
        for (int32_t i = 0; i < NN_LANES; i++) {
            output[i] = (int8_t)nn_finish(&lanes[i], &args->range, sums.at[i]);
        }
    }
}

void nn_depthwise_shared(const nn_group_t *group, const nn_slab_t *slab, int8_t *output)
{
    const nn_window_t *w = &group->args->window;
    nn_lane_t lanes[NN_LANES];
    for (int32_t i = 0; i < NN_LANES; i++) {
        nn_set_lane(group->args, slab, group->channel + i, &lanes[i]);
    }
    load_shared_weights(group);
    for (int32_t y = 0; y < w->out_h; y++, output += w->out_w * w->out_c) {
        shared_row(group, lanes, y, output);
    }
}
