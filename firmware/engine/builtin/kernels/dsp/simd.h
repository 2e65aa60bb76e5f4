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

/* True where every channel may use nn_requantize_fast: it shifts right, and neither sums of `depth` products nor
 * the offset leave 31 bits. */
static inline bool nn_all_fast(const nn_channel_t *channels, int32_t count, int32_t depth)
{
    enum { LARGEST_PRODUCT = 128 * 255, LARGEST_SHIFT = 22 };
    int64_t room = (1 << 30) - (int64_t)depth * LARGEST_PRODUCT;
    for (int32_t i = 0; i < count; i++) {
        int32_t right = -channels[i].shift, bias = channels[i].bias;
        if (right < 1 || right > LARGEST_SHIFT || bias > room || bias < -room) {
            return false;
        }
    }
    return true;
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

#define NN_REQUANTIZE(sum)                       \
    "lsl " sum ", " sum ", #1\n\t"               \
    "smmulr " sum ", " sum ", %[multiplier]\n\t" \
    "add " sum ", " sum ", " sum ", asr #31\n\t" \
    "add " sum ", " sum ", %[offset]\n\t"        \
    "asr " sum ", " sum ", %[right]\n\t"         \
    "ssat " sum ", #8, " sum "\n\t"

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
