#include "kernels/fixed_point.h"
#include "kernels/requant.h"

/* value * 2^bits: saturated to the left, rounded to the right. */
static int32_t scale_by_power(int32_t value, int32_t bits)
{
    if (bits <= 0) {
        return nn_rounding_shift_right(value, -bits);
    }
    const int32_t limit = INT32_MAX >> bits;
    return value > limit ? INT32_MAX : value < -limit ? INT32_MIN : nn_shift_left(value, bits);
}

static int32_t saturated(int64_t value)
{
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

/* log(r * 2^(1/4)) for r around sqrt(1/2) to 1, as the quotient of two polynomials, the numerator in `bits`. Numbers
 * are Q0.31. */
static int32_t log_of_rest(int32_t r, int32_t bits)
{
    const int32_t fourth_root_of_half = 1805811301;
    const int32_t numerator_cubic = 117049297; /* 11/240 * 2^(1/4) */
    const int32_t denominator_square = 127690142, denominator_one = 1057819769, denominator_linear = 638450708;
    /* Half the sum, rounded to nearest, ties away from zero; both are positive. */
    const int32_t mean = (int32_t)(((int64_t)r + fourth_root_of_half + 1) / 2);
    const int32_t distance = 2 * (r - fourth_root_of_half);
    const int32_t square = nn_doubling_high_mul(distance, distance);
    const int32_t cubic = nn_doubling_high_mul(nn_doubling_high_mul(distance, square), numerator_cubic);
    const int32_t numerator = nn_doubling_high_mul(distance, r) + cubic;
    const int32_t inner = denominator_one + distance + nn_doubling_high_mul(denominator_square, square);
    const int32_t denominator = nn_doubling_high_mul(mean, inner) +
                                nn_doubling_high_mul(denominator_linear, distance);
    return nn_doubling_high_mul(nn_rounding_shift_right(numerator, bits), nn_fixed_one_over_one_plus(denominator));
}

int32_t nn_fixed_log(int32_t x, int32_t input_integer_bits, int32_t output_integer_bits)
{
    const int32_t log_2 = 1488522236, sqrt_half = 1518500250, quarter = 536870912;
    const int32_t bits = output_integer_bits + 1; /* so that what is summed below does not saturate */
    const int32_t shifted_quarter = nn_rounding_shift_right(quarter, bits);
    /* x = r * 2^power, once with r from its leading bit, once from that of x / sqrt(2): the smaller r is near the
     * middle of the range that the polynomials cover. */
    const int32_t zeros = __builtin_clz((uint32_t)x | 1u);
    const int32_t r_a = scale_by_power(nn_doubling_high_mul(scale_by_power(x, zeros - 1), sqrt_half), 1);
    const int32_t power_a = saturated((int64_t)scale_by_power(input_integer_bits - zeros, 31 - bits) +
                                      shifted_quarter);
    const int32_t smaller = nn_doubling_high_mul(x, sqrt_half);
    const int32_t smaller_zeros = __builtin_clz((uint32_t)smaller | 1u) - 1;
    const int32_t r_b = scale_by_power(x, smaller_zeros);
    const int32_t power_b = saturated((int64_t)scale_by_power(input_integer_bits - smaller_zeros, 31 - bits) -
                                      shifted_quarter);
    const int32_t sum = nn_doubling_high_mul(nn_max(power_a, power_b), log_2) + log_of_rest(nn_min(r_a, r_b), bits);
    return scale_by_power(sum, bits - output_integer_bits);
}
