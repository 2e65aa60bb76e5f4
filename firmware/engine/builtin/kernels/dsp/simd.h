/* What the DSP kernels share: packing int8 into pairs of int16, and requantization in seven instructions. */
#ifndef NN_SIMD_H
#define NN_SIMD_H

#include <arm_acle.h>
#include <stdbool.h>

#include "kernels/kernels.h"
#include "kernels/load.h"
#include "kernels/requant.h"

/* For functions whose values would go through memory if the compiler did not inline them. */
#define NN_INLINE static inline __attribute__((always_inline))

/* Bytes 0 and 2 of `bytes` as int16, each plus the int16 in `pair`; bytes 1 and 3 with a rotation by 8. */
static inline int16x2_t nn_add_even(int16x2_t pair, uint32_t bytes)
{
    return __sxtab16(pair, (int8x4_t)bytes);
}

static inline int16x2_t nn_add_odd(int16x2_t pair, uint32_t bytes)
{
    int16x2_t result;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(pair), "r"(bytes));
    return result;
}

static inline int16x2_t nn_pair(int32_t value)
{
    return (int16x2_t)(((uint32_t)value & 0xffffu) * 0x10001u);
}

/* The low halves of two words, and the high ones, as a pair. */
static inline int32_t nn_low_halves(int32_t a, int32_t b)
{
    int32_t result;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

static inline int32_t nn_high_halves(int32_t a, int32_t b)
{
    int32_t result;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(result) : "r"(b), "r"(a));
    return result;
}

enum { NN_LARGEST_FAST_SHIFT = 22 };

/* The largest bias that leaves sums of `depth` products below 2^30. */
static inline int32_t nn_fast_room(int32_t depth)
{
    enum { LARGEST_PRODUCT = 128 * 255, ROOM = 1 << 30 };
    return depth <= ROOM / LARGEST_PRODUCT ? ROOM - depth * LARGEST_PRODUCT : -1;
}

/* True where a channel may use nn_requantize_fast: it shifts right, and neither sums nor the offset leave 31 bits. */
static inline bool nn_is_fast(const nn_channel_t *channel, int32_t room)
{
    return channel->shift < 0 && channel->shift >= -NN_LARGEST_FAST_SHIFT && channel->bias <= room &&
           channel->bias >= -room;
}

/* nn_requantize(sum, multiplier, -right) plus the zero point, given as nn_fast_offset. */
static inline int32_t nn_requantize_fast(int32_t sum, int32_t multiplier, int32_t right, int32_t offset)
{
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(sum * 2), "r"(multiplier));
    return (high + (high >> 31) + offset) >> right;
}

static inline int32_t nn_saturate_s8(int32_t value)
{
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return result;
}

static inline bool nn_is_full_range(const nn_range_t *range)
{
    return range->low == INT8_MIN && range->high == INT8_MAX;
}

/* Half a step for rounding, and the zero point, both at the scale before the shift. */
static inline int32_t nn_fast_offset(int32_t zero_point, int32_t right)
{
    return (2 * zero_point + 1) * (1 << (right - 1));
}

/* Four sums: of four pixels of one channel. */
typedef struct {
    int32_t at[4];
} nn_sums_t;

#define NN_REQUANTIZE_BY(sum, multiplier, offset, right) \
    "lsl " sum ", " sum ", #1\n\t"                       \
    "smmulr " sum ", " sum ", " multiplier "\n\t"        \
    "add " sum ", " sum ", " sum ", asr #31\n\t"         \
    "add " sum ", " sum ", " offset "\n\t"               \
    "asr " sum ", " sum ", " right "\n\t"                \
    "ssat " sum ", #8, " sum "\n\t"

#define NN_REQUANTIZE(sum) NN_REQUANTIZE_BY(sum, "%[multiplier]", "%[offset]", "%[right]")

/* nn_requantize_fast of four sums, stored `stride` bytes apart. In assembly because the compiler keeps four
 * addresses, which do not fit into the registers; one and the stride do. */
NN_INLINE void nn_store4(nn_sums_t sums, const nn_channel_t *channel, int32_t offset, int8_t *output, int32_t stride)
{
    const int8_t *next = output + stride;
    /* clang-format off */
    __asm__ volatile(NN_REQUANTIZE("%[sum0]") NN_REQUANTIZE("%[sum1]")
                     NN_REQUANTIZE("%[sum2]") NN_REQUANTIZE("%[sum3]")
                     "strb %[sum0], [%[output]]\n\t"
                     "strb %[sum1], [%[output], %[stride]]\n\t"
                     "strb %[sum2], [%[output], %[stride], lsl #1]\n\t"
                     "strb %[sum3], [%[next], %[stride], lsl #1]\n\t"
                     : [sum0] "+r"(sums.at[0]), [sum1] "+r"(sums.at[1]), [sum2] "+r"(sums.at[2]),
                       [sum3] "+r"(sums.at[3])
                     : [multiplier] "r"(channel->multiplier), [offset] "r"(offset), [right] "r"(-channel->shift),
                       [output] "r"(output), [next] "r"(next), [stride] "r"(stride)
                     : "memory");
    /* clang-format on */
}

#endif
