/* The two rounding steps of a requantization, as in the reference: a doubling
 * high multiplication that rounds to nearest, ties up, then a right shift that
 * rounds to nearest, ties away from zero. */
#ifndef NN_REQUANT_H
#define NN_REQUANT_H

#include <stdint.h>

static inline int32_t nn_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t nn_max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int8_t nn_clamp_s8(int32_t value, int32_t low, int32_t high)
{
    return (int8_t)nn_min(nn_max(value, low), high);
}

static inline int32_t nn_doubling_high_mul(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

static inline int32_t nn_rounding_shift_right(int32_t value, int32_t bits)
{
    if (bits == 0) {
        return value;
    }
    int64_t half = (int64_t)1 << (bits - 1);
    return (int32_t)((value + half - (value < 0 ? 1 : 0)) >> bits);
}

/* The same in 32 bits, for up to 31 bits. */
static inline int32_t nn_rounding_shift_right_31(int32_t value, int32_t bits)
{
    int32_t mask = (int32_t)((1u << bits) - 1u);
    int32_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);
    return (value >> bits) + ((value & mask) > threshold ? 1 : 0);
}

/* Wraps, as the reference does, where the product leaves 32 bits. */
static inline int32_t nn_shift_left(int32_t value, int32_t bits)
{
    return (int32_t)((uint32_t)value << bits);
}

static inline int32_t nn_wrapping_add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* `multiplier` is not negative, `shift` at least -31. */
static inline int32_t nn_requantize(int32_t value, int32_t multiplier, int32_t shift)
{
    int32_t left = shift > 0 ? shift : 0;
    int32_t right = shift > 0 ? 0 : -shift;
    int64_t product = (int64_t)nn_shift_left(value, left) * multiplier;
    return nn_rounding_shift_right_31((int32_t)((product + (1 << 30)) >> 31), right);
}

#endif
