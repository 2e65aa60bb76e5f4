/* FULLY_CONNECTED: four rows of weights at a time, so that a word of the input is expanded once for all four. */
#include "simd.h"

enum { WORD = 4, ROWS = 4 };

/* The products of one word of weights, in `row`, with the expanded input. */
#define PRODUCTS(row, sum)                               \
    "sxtb16 %[pair], %[" row "]\n\t"                     \
    "sxtb16 %[" row "], %[" row "], ror #8\n\t"          \
    "smlad %[" sum "], %[pair], %[even], %[" sum "]\n\t" \
    "smlad %[" sum "], %[" row "], %[odd], %[" sum "]\n\t"

/* Four inputs and four rows, which lie `stride` bytes apart. */
#define STEP                                                                  \
    "ldr %[even], [%[input]], #4\n\t"                                         \
    "ldr %[a], [%[weights]]\n\t"                                              \
    "ldr %[b], [%[weights], %[stride]]\n\t"                                   \
    "sxtab16 %[odd], %[offset], %[even], ror #8\n\t"                          \
    "sxtab16 %[even], %[offset], %[even]\n\t" PRODUCTS("a", "sum0")           \
        PRODUCTS("b", "sum1") "add %[pair], %[stride], %[stride], lsl #1\n\t" \
                              "ldr %[a], [%[weights], %[stride], lsl #1]\n\t" \
                              "ldr %[b], [%[weights], %[pair]]\n\t"           \
                              "adds %[weights], %[weights], #4\n\t" PRODUCTS("a", "sum2") PRODUCTS("b", "sum3")

#define OPERANDS                                                                                          \
    [sum0] "+r"(sums.at[0]), [sum1] "+r"(sums.at[1]), [sum2] "+r"(sums.at[2]), [sum3] "+r"(sums.at[3]),   \
        [input] "+r"(input), [weights] "+r"(weights), [even] "=&r"(even), [odd] "=&r"(odd), [a] "=&r"(a), \
        [b] "=&r"(b), [pair] "=&r"(pair)

/* The dot products of `inputs` values, a multiple of four, with four rows. */
NN_INLINE nn_sums_t four_rows(const int8_t *input, const int8_t *weights, int32_t inputs, int32_t stride,
                              int16x2_t offset)
{
    nn_sums_t sums = {{0, 0, 0, 0}};
    uint32_t even, odd, a, b, pair;
    const int8_t *end = input + inputs;
    if (input != end) {
        __asm__ volatile("1:\n\t" STEP "cmp %[input], %[end]\n\tbne 1b"
                         : OPERANDS
                         : [offset] "r"(offset), [stride] "r"(stride), [end] "r"(end)
                         : "cc", "memory");
    }
    return sums;
}

NN_INLINE int32_t one_word(int32_t sum, uint32_t input, uint32_t weights, int16x2_t offset)
{
    sum = __smlad(nn_add_even(offset, input), nn_add_even(0, weights), sum);
    return __smlad(nn_add_odd(offset, input), nn_add_odd(0, weights), sum);
}

static int32_t one_row(const int8_t *input, const int8_t *weights, int32_t inputs, int16x2_t offset)
{
    int32_t sum = 0;
    for (; inputs >= 4 * WORD; inputs -= 4 * WORD, input += 4 * WORD, weights += 4 * WORD) {
        sum = one_word(sum, nn_load_u32(input), nn_load_u32(weights), offset);
        sum = one_word(sum, nn_load_u32(input + WORD), nn_load_u32(weights + WORD), offset);
        sum = one_word(sum, nn_load_u32(input + 2 * WORD), nn_load_u32(weights + 2 * WORD), offset);
        sum = one_word(sum, nn_load_u32(input + 3 * WORD), nn_load_u32(weights + 3 * WORD), offset);
    }
    for (; inputs > 0; inputs -= WORD, input += WORD, weights += WORD) {
        sum = one_word(sum, nn_load_u32(input), nn_load_u32(weights), offset);
    }
    return sum;
}

/* The last inputs % 4 products of a row. */
static int32_t rest(const nn_dense_args_t *args, const int8_t *input, const int8_t *weights)
{
    int32_t sum = 0;
    for (int32_t i = args->inputs & ~(WORD - 1); i < args->inputs; i++) {
        sum += weights[i] * (input[i] - args->input_zero_point);
    }
    return sum;
}

static bool shift_is_fast(int32_t shift)
{
    return shift < 0 && shift >= -NN_LARGEST_FAST_SHIFT;
}

static void finish_outputs(const nn_dense_args_t *args, int32_t first, const int32_t *sums, int32_t count,
                           int8_t *output)
{
    static const int32_t no_bias = 0;
    const nn_range_t range = args->range;
    const nn_channel_t one = {0, args->multiplier, args->shift},
                       *channel = args->channels ? args->channels + first : &one;
    const int32_t channel_step = args->channels ? 1 : 0, bias_step = args->bias ? 4 : 0;
    const uint8_t *bias = args->bias ? args->bias + 4 * first : (const uint8_t *)&no_bias;
    int32_t multiplier = 0, right = 0, offset = 0;
    bool fast = false;
    output += first;
    for (int32_t i = 0; i < count; i++, bias += bias_step, channel += channel_step) {
        if (i == 0 || channel_step != 0) {
            multiplier = channel->multiplier;
            right = -channel->shift;
            fast = shift_is_fast(channel->shift);
            offset = fast ? nn_fast_offset(range.zero_point, right) : 0;
        }
        const int32_t sum = (int32_t)((uint32_t)sums[i] + nn_load_u32(bias));
        const int32_t value = fast && sum < 1 << 30 && sum >= -(1 << 30)
                                  ? nn_requantize_fast(sum, multiplier, right, offset)
                                  : nn_requantize(sum, multiplier, -right) + range.zero_point;
        output[i] = nn_clamp_s8(value, range.low, range.high);
    }
}

static void one_input(const nn_dense_args_t *args, const int8_t *input, int8_t *output)
{
    const int32_t inputs = args->inputs, words = inputs & ~(WORD - 1);
    const int16x2_t offset = nn_pair(-args->input_zero_point);
    const int8_t *weights = args->filter;
    int32_t rows = ROWS;
    for (int32_t i = 0; i < args->outputs; i += rows, weights += rows * inputs) {
        nn_sums_t sums;
        rows = i + ROWS <= args->outputs ? ROWS : 1;
        if (rows == ROWS) {
            sums = four_rows(input, weights, words, inputs, offset);
        } else {
            sums.at[0] = one_row(input, weights, words, offset);
        }
        for (int32_t row = 0; words < inputs && row < rows; row++) {
            sums.at[row] += rest(args, input, weights + row * inputs);
        }
        finish_outputs(args, i, sums.at, rows, output);
    }
}

void nn_dense_s8(const nn_dense_args_t *args)
{
    for (int32_t b = 0; b < args->batches; b++) {
        one_input(args, args->input + b * args->inputs, args->output + b * args->outputs);
    }
}
