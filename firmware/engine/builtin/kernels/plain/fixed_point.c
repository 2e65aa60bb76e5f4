#include "kernels/fixed_point.h"

#include "kernels/requant.h"

/* x * 2^bits, saturated to what a positive number can hold. */
static int32_t saturating_shift_left(int32_t x, int32_t bits)
{
    int32_t limit = INT32_MAX >> bits;
    if (x > limit) {
        return INT32_MAX;
    }
    return x < -limit ? INT32_MIN : (int32_t)((uint32_t)x << bits);
}

/* Taylor series to the fourth power around -1/8, for x in [-1/4, 0), Q0.31. */
static int32_t exp_of_small(int32_t x)
{
    const int32_t exp_of_minus_eighth = 1895147668, third = 715827883;
    int32_t t = x + (1 << 28);
    int32_t t2 = nn_doubling_high_mul(t, t);
    int32_t t3 = nn_doubling_high_mul(t2, t);
    int32_t t4 = nn_doubling_high_mul(t2, t2);
    int32_t higher = nn_doubling_high_mul(nn_rounding_shift_right(t4, 2) + t3, third) + t2;
    int32_t series = t + nn_rounding_shift_right(higher, 1);
    return exp_of_minus_eighth + nn_doubling_high_mul(exp_of_minus_eighth, series);
}

int32_t nn_fixed_exp(int32_t x, int32_t integer_bits)
{
    /* exp(-2^k) in Q0.31 for k = -2, -1, ... */
    static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t fraction_bits = 31 - integer_bits;
    const int32_t quarter = 1 << (fraction_bits - 2);
    if (x == 0) {
        return INT32_MAX;
    }
    /* x = small - (a multiple of a quarter); each bit of the multiple is a factor. */
    int32_t small = (x & (quarter - 1)) - quarter;
    int32_t multiple = small - x;
    int32_t result = exp_of_small((int32_t)((uint32_t)small << integer_bits));
    for (int32_t k = 0; k < integer_bits + 2; k++) {
        if (multiple >> (fraction_bits - 2 + k) & 1) {
            result = nn_doubling_high_mul(result, powers[k]);
        }
    }
    return result;
}

/* 2 / (1 + x) in Q2.29: three Newton-Raphson steps towards 1 / d for d = (1 + x) / 2, from the linear estimate
 * 48/17 - 32/17 d. */
static int32_t two_over_one_plus(int32_t x)
{
    const int32_t constant = 1515870810, slope = -1010580540, one = 1 << 29;
    int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
    int32_t estimate = constant + nn_doubling_high_mul(half_denominator, slope);
    for (int32_t step = 0; step < 3; step++) {
        int32_t error = one - nn_doubling_high_mul(half_denominator, estimate);
        estimate += saturating_shift_left(nn_doubling_high_mul(estimate, error), 2);
    }
    return estimate;
}

int32_t nn_fixed_one_over_one_plus(int32_t x)
{
    return saturating_shift_left(two_over_one_plus(x), 1);
}

int32_t nn_fixed_one_minus_over_one_plus(int32_t x)
{
    return saturating_shift_left(two_over_one_plus(x) - (1 << 29), 2);
}
