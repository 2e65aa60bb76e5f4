/* What the DSP kernels share: packing int8 into pairs of int16, and requantization in seven instructions. */
#ifndef EV_SIMD_H
#define EV_SIMD_H

#include <arm_acle.h>
#include <stdbool.h>

#include "kernels.h"
#include "model_view.h"
#include "requant.h"

/* Bytes 0 and 2 of `bytes` as int16, each plus the int16 in `pair`; bytes 1 and 3 with a rotation by 8. */
static inline int16x2_t ev_add_even(int16x2_t pair, uint32_t bytes) {
    return __sxtab16(pair, (int8x4_t)bytes);
}

static inline int16x2_t ev_add_odd(int16x2_t pair, uint32_t bytes) {
    int16x2_t result;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(pair), "r"(bytes));
    return result;
}

static inline int16x2_t ev_pair(int32_t value) {
    return (int16x2_t)(((uint32_t)value & 0xffffu) * 0x10001u);
}

/* True where every channel may use ev_requantize_fast: it shifts right, and neither sums of `depth` products nor
 * the offset leave 31 bits. */
static inline bool ev_all_fast(const ev_channel_t *channels, int32_t count, int32_t depth) {
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

/* ev_requantize(sum, multiplier, -right) plus the zero point, given as ev_fast_offset. */
static inline int32_t ev_requantize_fast(int32_t sum, int32_t multiplier, int32_t right, int32_t offset) {
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(sum * 2), "r"(multiplier));
    return (high + (high >> 31) + offset) >> right;
}

static inline int32_t ev_saturate_s8(int32_t value) {
    return __ssat(value, 8);
}

static inline bool ev_is_full_range(const ev_range_t *range) {
    return range->low == INT8_MIN && range->high == INT8_MAX;
}

/* Half a step for rounding, and the zero point, both at the scale before the shift. */
static inline int32_t ev_fast_offset(int32_t zero_point, int32_t right) {
    return (2 * zero_point + 1) * (1 << (right - 1));
}

#endif
