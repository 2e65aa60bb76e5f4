#include "kernels/quant.h"

#include <string.h>

enum { MANTISSA_BITS = 24, EXPONENT_OF_MANTISSA = 150, MIN_SHIFT = -31 };

/* value = mantissa * 2^exponent with mantissa in [2^23, 2^24). */
static inline bool decompose(float value, uint32_t *mantissa, int32_t *exponent)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t biased = bits >> 23; /* a negative number looks like a huge exponent */
    if (biased == 0 || biased >= 255) {
        return false;
    }
    *mantissa = (bits & 0x7fffffu) | 0x800000u;
    *exponent = (int32_t)biased - EXPONENT_OF_MANTISSA;
    return true;
}

/* 2^7 * numerator / denominator, where numerator / denominator is in [2^24, 2^25), and the remainder. The reciprocal
 * gives a quotient that is too small by a few units at most: both factors are cut off, in the 32nd bit. */
static inline uint32_t divide(uint64_t numerator, const nn_scale_ratio_t *ratio, uint32_t *remainder)
{
    uint32_t quotient = (uint32_t)((uint64_t)(uint32_t)(numerator >> 17) * ratio->reciprocal >> 31);
    uint32_t rest = ((uint32_t)numerator << 7) - quotient * ratio->denominator; /* a few denominators, so exact */
    while (rest >= ratio->denominator) {
        rest -= ratio->denominator;
        quotient++;
    }
    *remainder = rest;
    return quotient;
}

bool nn_scale_ratio(float a, float c, int32_t exponent, nn_scale_ratio_t *ratio)
{
    int32_t ea, ec;
    if (!decompose(a, &ratio->numerator, &ea) || !decompose(c, &ratio->denominator, &ec)) {
        return false;
    }
    ratio->exponent = exponent + ea - ec;
    ratio->reciprocal = (uint32_t)((((uint64_t)1 << 55) - 1) / ratio->denominator);
    return true;
}

bool nn_ratio_multiplier(const nn_scale_ratio_t *ratio, float b, nn_multiplier_t *result)
{
    uint32_t mantissa, remainder, denominator = ratio->denominator;
    int32_t exponent, scaled = 0;
    if (!decompose(b, &mantissa, &exponent)) {
        return false;
    }
    uint64_t product = (uint64_t)ratio->numerator * mantissa;
    while (product >> MANTISSA_BITS < denominator) { /* at most twice; then the quotient is in [2^24, 2^25) */
        product <<= 1;
        scaled++;
    }
    uint32_t quotient = divide(product, ratio, &remainder);
    /* The reference rounds the quotient to a double first. A fraction within 2^-22 of one
     * becomes one there, and then rounds up. */
    bool up = (quotient & 1u) != 0 || denominator - remainder <= denominator >> 22;
    uint32_t rounded = (quotient >> 1) + (up ? 1u : 0u);
    int32_t shift = MANTISSA_BITS + 1 + ratio->exponent + exponent - scaled;
    if (rounded >> 31) {
        rounded >>= 1;
        shift++;
    }
    result->multiplier = shift < MIN_SHIFT ? 0 : (int32_t)rounded;
    result->shift = shift < MIN_SHIFT ? 0 : shift;
    return true;
}

bool nn_multiplier(float a, float b, float c, int32_t exponent, nn_multiplier_t *result)
{
    nn_scale_ratio_t ratio;
    return nn_scale_ratio(a, c, exponent, &ratio) && nn_ratio_multiplier(&ratio, b, result);
}

bool nn_multiplier_by(float a, float b, uint32_t c, int32_t exponent, nn_multiplier_t *result)
{
    uint32_t ma, mb;
    int32_t ea, eb;
    if (!decompose(a, &ma, &ea) || !decompose(b, &mb, &eb) || c == 0 || c > UINT16_MAX) {
        return false;
    }
    const uint64_t product = (uint64_t)ma * mb * c; /* at most 64 bits */
    const int32_t zeros = __builtin_clzll(product);
    uint64_t rounded = (((product << zeros) >> 32) + 1) >> 1;
    int32_t shift = 64 - zeros + ea + eb + exponent;
    if (rounded >> 31) {
        rounded >>= 1;
        shift++;
    }
    result->multiplier = shift < MIN_SHIFT ? 0 : (int32_t)rounded;
    result->shift = shift < MIN_SHIFT ? 0 : shift;
    return true;
}

bool nn_requant_multiplier(float a, float b, float c, nn_multiplier_t *result)
{
    return nn_multiplier(a, b, c, 0, result) && result->shift <= NN_MAX_REQUANT_SHIFT;
}

int32_t nn_round(float value)
{
    if (!(value > -2147483648.0f)) {
        return value <= -2147483648.0f ? INT32_MIN : 0;
    }
    if (value >= 2147483648.0f) {
        return INT32_MAX;
    }
    int32_t whole = (int32_t)value;
    float fraction = value - (float)whole;
    if (fraction >= 0.5f) {
        return whole + 1;
    }
    return fraction <= -0.5f ? whole - 1 : whole;
}

static int32_t quantize(float value, float scale, int32_t zero_point)
{
    int32_t rounded = nn_round(value / scale);
    /* Saturated well outside int8, where the sum cannot overflow. */
    int32_t bounded = rounded > 1 << 20 ? 1 << 20 : rounded < -(1 << 20) ? -(1 << 20) : rounded;
    return bounded + zero_point;
}

/* Narrows [*low, *high], the range of the type. */
static bool narrow(int32_t activation, float scale, int32_t zero_point, int32_t *low, int32_t *high)
{
    float lower = activation == NN_ACT_RELU_N1_TO_1 ? -1.0f : 0.0f;
    float upper = activation == NN_ACT_RELU_N1_TO_1 ? 1.0f : 6.0f;
    bool known = activation >= NN_ACT_NONE && activation <= NN_ACT_RELU6;
    if (!known || !(scale > 0.0f)) {
        return false;
    }
    if (activation != NN_ACT_NONE) {
        int32_t bound = quantize(lower, scale, zero_point);
        *low = bound > *low ? bound : *low;
    }
    if (activation == NN_ACT_RELU6 || activation == NN_ACT_RELU_N1_TO_1) {
        if (!(upper / scale < 2147483648.0f)) {
            return false; /* what the reference makes of it is undefined */
        }
        int32_t bound = quantize(upper, scale, zero_point);
        *high = bound < *high ? bound : *high;
    }
    return *low <= *high;
}

bool nn_activation_range(int32_t activation, float scale, int32_t zero_point, int32_t *low, int32_t *high)
{
    *low = INT8_MIN;
    *high = INT8_MAX;
    return narrow(activation, scale, zero_point, low, high);
}

bool nn_activation_range_s16(int32_t activation, float scale, int32_t *low, int32_t *high)
{
    *low = INT16_MIN;
    *high = INT16_MAX;
    return narrow(activation, scale, 0, low, high);
}
