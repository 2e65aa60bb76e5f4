/* FULLY_CONNECTED: the input is expanded to int16 once, in the order in which SXTB16 expands the weights. */
#include "simd.h"

enum { WORD = 4 };

static void expand(const nn_dense_args_t *args, const int8_t *input)
{
    int16x2_t offset = nn_pair(-args->input_zero_point);
    int16x2_t *column = (int16x2_t *)(void *)args->columns;
    int32_t i = 0;
    for (; i + WORD <= args->inputs; i += WORD, column += 2) {
        uint32_t word = nn_load_u32(input + i);
        column[0] = nn_add_even(offset, word);
        column[1] = nn_add_odd(offset, word);
    }
    for (int16_t *rest = (int16_t *)(void *)column; i < args->inputs; i++) {
        *rest++ = (int16_t)(input[i] - args->input_zero_point);
    }
}

static inline int32_t dot_word(int32_t sum, const int16x2_t *column, const int8_t *weights)
{
    uint32_t word = nn_load_u32(weights);
    sum = __smlad(nn_add_even(0, word), column[0], sum);
    return __smlad(nn_add_odd(0, word), column[1], sum);
}

static int32_t dot(const nn_dense_args_t *args, const int8_t *weights, int32_t sum)
{
    const int16x2_t *column = (const int16x2_t *)(const void *)args->columns;
    int32_t left = args->inputs;
    for (; left >= 4 * WORD; left -= 4 * WORD, weights += 4 * WORD, column += 8) {
        sum = dot_word(sum, column, weights);
        sum = dot_word(sum, column + 2, weights + WORD);
        sum = dot_word(sum, column + 4, weights + 2 * WORD);
        sum = dot_word(sum, column + 6, weights + 3 * WORD);
    }
    for (; left >= WORD; left -= WORD, weights += WORD, column += 2) {
        sum = dot_word(sum, column, weights);
    }
    for (const int16_t *rest = (const int16_t *)(const void *)column; left > 0; left--) {
        sum += *weights++ * *rest++;
    }
    return sum;
}

static int8_t dense_output(const nn_dense_args_t *args, int32_t index)
{
    int32_t multiplier = args->channels ? args->channels[index].multiplier : args->multiplier;
    int32_t shift = args->channels ? args->channels[index].shift : args->shift;
    int32_t bias = args->bias ? nn_load_i32(args->bias + 4 * index) : 0;
    int32_t sum = (int32_t)((uint32_t)dot(args, args->filter + index * args->inputs, 0) + (uint32_t)bias);
    int32_t value = nn_requantize(sum, multiplier, shift) + args->range.zero_point;
    return nn_clamp_s8(value, args->range.low, args->range.high);
}

void nn_dense_s8(const nn_dense_args_t *args)
{
    int8_t *output = args->output;
    for (int32_t b = 0; b < args->batches; b++) {
        expand(args, args->input + b * args->inputs);
        for (int32_t i = 0; i < args->outputs; i++) {
            *output++ = dense_output(args, i);
        }
    }
}
