/* Multiplies the taps of one pixel of a depthwise convolution, four channels at a time: inputs and weights are two
 * words for each, of channels 0 and 2 and of channels 1 and 3. */
#ifndef NN_DEPTHWISE_WORDS_H
#define NN_DEPTHWISE_WORDS_H

#include "simd.h"

enum { NN_TAP_WORDS = 2 };

#define NN_TAP(at)                                   \
    "ldr %[even], [%[input], #" at "]\n\t"           \
    "ldr %[odd], [%[input], #" at "+4]\n\t"          \
    "ldr %[weven], [%[weights], #" at "]\n\t"        \
    "ldr %[wodd], [%[weights], #" at "+4]\n\t"       \
    "smlabb %[sum0], %[even], %[weven], %[sum0]\n\t" \
    "smlabb %[sum1], %[odd], %[wodd], %[sum1]\n\t"   \
    "smlatt %[sum2], %[even], %[weven], %[sum2]\n\t" \
    "smlatt %[sum3], %[odd], %[wodd], %[sum3]\n\t"

#define NN_TAP_OPERANDS                                                                                   \
    : [sum0] "+r"(sums.at[0]), [sum1] "+r"(sums.at[1]), [sum2] "+r"(sums.at[2]), [sum3] "+r"(sums.at[3]), \
      [even] "=&r"(even), [odd] "=&r"(odd), [weven] "=&r"(weven), [wodd] "=&r"(wodd)                      \
    : [input] "r"(input), [weights] "r"(weights)                                                          \
    : "memory"

/* `count` taps that lie side by side. */
NN_INLINE nn_sums_t nn_taps_row(nn_sums_t sums, const int32_t *input, const int32_t *weights, int32_t count)
{
    uint32_t even, odd, weven, wodd;
    for (; count >= 3; count -= 3, input += 3 * NN_TAP_WORDS, weights += 3 * NN_TAP_WORDS) {
        __asm__ volatile(NN_TAP("0") NN_TAP("8") NN_TAP("16") NN_TAP_OPERANDS);
    }
    if (count == 2) {
        __asm__ volatile(NN_TAP("0") NN_TAP("8") NN_TAP_OPERANDS);
    } else if (count == 1) {
        __asm__ volatile(NN_TAP("0") NN_TAP_OPERANDS);
    }
    return sums;
}

/* `count` taps, of inputs that lie `step` words apart. */
NN_INLINE nn_sums_t nn_taps_apart(nn_sums_t sums, const int32_t *input, const int32_t *weights, int32_t count,
                                  int32_t step)
{
    uint32_t even, odd, weven, wodd;
    for (; count > 0; count--, input += step, weights += NN_TAP_WORDS) {
        __asm__ volatile(NN_TAP("0") NN_TAP_OPERANDS);
    }
    return sums;
}

#endif
