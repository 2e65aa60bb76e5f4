/* Multiplies the taps of a depthwise convolution for four neighbouring pixels of one channel.
 *
 * A word of the slab holds two columns. With stride 1, pixels 0 and 1 begin in the same word: a row of weights a b c
 * is kept as (a, b) (c, 0) for the even pixels and as (0, a) (b, c) for the odd ones, alternating. With stride 2,
 * every pixel begins in a word of its own and takes the even form. */
#ifndef NN_DEPTHWISE_TAPS_H
#define NN_DEPTHWISE_TAPS_H

#include "kernels/slab.h"
#include "simd.h"

/* Columns 2i and 2i + 1 of the filter for four pixels; at bytes `x` of the input and `w` of the weights. */
#define NN_PAIR_STRIDE1(x, w)                    \
    "ldr %[x0], [%[input], #" x "]\n\t"          \
    "ldr %[x1], [%[input], #" x "+4]\n\t"        \
    "ldr %[even], [%[weights], #" w "]\n\t"      \
    "ldr %[odd], [%[weights], #" w "+4]\n\t"     \
    "smlad %[sum0], %[x0], %[even], %[sum0]\n\t" \
    "smlad %[sum1], %[x0], %[odd], %[sum1]\n\t"  \
    "smlad %[sum2], %[x1], %[even], %[sum2]\n\t" \
    "smlad %[sum3], %[x1], %[odd], %[sum3]\n\t"

#define NN_PAIR_STRIDE2(x, w)                     \
    "ldr %[even], [%[weights], #" w "]\n\t"       \
    "ldr %[x0], [%[input], #" x "]\n\t"           \
    "ldr %[x1], [%[input], #" x "+4]\n\t"         \
    "ldr %[odd], [%[input], #" x "+8]\n\t"        \
    "smlad %[sum0], %[x0], %[even], %[sum0]\n\t"  \
    "ldr %[x0], [%[input], #" x "+12]\n\t"        \
    "smlad %[sum1], %[x1], %[even], %[sum1]\n\t"  \
    "smlad %[sum2], %[odd], %[even], %[sum2]\n\t" \
    "smlad %[sum3], %[x0], %[even], %[sum3]\n\t"

#define NN_QUAD_OPERANDS                                                                                  \
    [sum0] "+r"(sums.at[0]), [sum1] "+r"(sums.at[1]), [sum2] "+r"(sums.at[2]), [sum3] "+r"(sums.at[3]),   \
        [input] "+r"(input), [weights] "+r"(weights), [x0] "=&r"(x0), [x1] "=&r"(x1), [even] "=&r"(even), \
        [odd] "=&r"(odd)

/* Four pixels of any filter: `pairs` of columns in each of `rows`, which lie `step` values apart. */
#define NN_DEFINE_QUAD(name, PAIR)                                                                       \
    NN_INLINE nn_sums_t name(nn_sums_t sums, const int16_t *input, const int32_t *weights, int32_t rows, \
                             int32_t pairs, int32_t step)                                                \
    {                                                                                                    \
        int32_t x0, x1, even, odd;                                                                       \
        for (; rows > 0; rows--, input += step) {                                                        \
            const int16_t *row = input;                                                                  \
            int32_t left = pairs;                                                                        \
            for (; left >= 2; left -= 2, input += 4, weights += 4) {                                     \
                __asm__ volatile(PAIR("0", "0") PAIR("4", "8") : NN_QUAD_OPERANDS : : "memory");         \
            }                                                                                            \
            if (left > 0) {                                                                              \
                __asm__ volatile(PAIR("0", "0") : NN_QUAD_OPERANDS : : "memory");                        \
                weights += 2;                                                                            \
            }                                                                                            \
            input = row;                                                                                 \
        }                                                                                                \
        return sums;                                                                                     \
    }

/* Requantizes with the constants of the lane; its stride is left in `odd`. */
#define NN_REQUANTIZE_QUAD                                                                       \
    "ldr %[x0], [%[weights]]\n\t"                                                                \
    "ldr %[x1], [%[weights], #4]\n\t"                                                            \
    "ldr %[even], [%[weights], #8]\n\t"                                                          \
    "ldr %[odd], [%[weights], #16]\n\t" NN_REQUANTIZE_BY("%[sum0]", "%[x0]", "%[even]", "%[x1]") \
        NN_REQUANTIZE_BY("%[sum1]", "%[x0]", "%[even]", "%[x1]")                                 \
            NN_REQUANTIZE_BY("%[sum2]", "%[x0]", "%[even]", "%[x1]")                             \
                NN_REQUANTIZE_BY("%[sum3]", "%[x0]", "%[even]", "%[x1]")

/* Three pixels or fewer; goes on at 3. */
#define NN_STORE_FEWER                      \
    "strb %[sum0], [%[output]]\n\t"         \
    "cmp %[pixels], #2\n\t"                 \
    "blt 3f\n\t"                            \
    "strb %[sum1], [%[output], %[odd]]\n\t" \
    "beq 3f\n\t"                            \
    "strb %[sum2], [%[output], %[odd], lsl #1]\n"

/* Requantizes and stores four pixels, or the first `pixels`. */
NN_INLINE void nn_store_quad(nn_sums_t sums, const nn_lane_t *lane, int32_t pixels, int8_t *output)
{
    int32_t x0, x1, even, odd;
    /* clang-format off */
    __asm__ volatile(
        NN_REQUANTIZE_QUAD
        "cmp %[pixels], #4\n\t"
        "blt 2f\n\t"
        "strb %[sum0], [%[output]]\n\t"
        "strb %[sum1], [%[output], %[odd]]\n\t"
        "add %[even], %[output], %[odd]\n\t"
        "strb %[sum2], [%[output], %[odd], lsl #1]\n\t"
        "strb %[sum3], [%[even], %[odd], lsl #1]\n\t"
        "b 3f\n"
        "2:\n\t"
        NN_STORE_FEWER
        "3:\n\t"
        : [sum0] "+r"(sums.at[0]), [sum1] "+r"(sums.at[1]), [sum2] "+r"(sums.at[2]), [sum3] "+r"(sums.at[3]),
          [x0] "=&r"(x0), [x1] "=&r"(x1), [even] "=&r"(even), [odd] "=&r"(odd)
        : [weights] "r"(lane), [output] "r"(output), [pixels] "r"(pixels)
        : "cc", "memory");
    /* clang-format on */
}

/* A whole row of a 3x3 filter, requantized and stored, with all constants and weights behind `lane`: about 90
 * instructions for four pixels. The last pixels may be fewer. */
#define NN_DEFINE_ROW3(name, PAIR)                                                                              \
    static void name(const nn_lane_t *lane, const int16_t *input, int32_t step, int32_t pixels, int8_t *output) \
    {                                                                                                           \
        int32_t sum0, sum1, sum2, sum3, x0, x1, even, odd;                                                      \
        __asm__ volatile("1:\n\t"                                                                               \
                         "ldr %[sum0], [%[weights], #12]\n\t"                                                   \
                         "mov %[sum1], %[sum0]\n\t"                                                             \
                         "mov %[sum2], %[sum0]\n\t"                                                             \
                         "mov %[sum3], %[sum0]\n\t" PAIR("0", "28")                                             \
                             PAIR("4", "36") "add %[input], %[input], %[step]\n\t" PAIR("0", "44")              \
                                 PAIR("4", "52") "add %[input], %[input], %[step]\n\t" PAIR("0", "60")          \
                                     PAIR("4", "68") "ldr %[odd], [%[weights], #20]\n\t"                        \
                                                     "add %[input], %[input], %[odd]\n\t" NN_REQUANTIZE_QUAD    \
                                                     "cmp %[pixels], #4\n\t"                                    \
                                                     "blt 2f\n\t"                                               \
                                                     "strb %[sum0], [%[output]]\n\t"                            \
                                                     "strb %[sum1], [%[output], %[odd]]\n\t"                    \
                                                     "add %[even], %[output], %[odd]\n\t"                       \
                                                     "strb %[sum2], [%[output], %[odd], lsl #1]\n\t"            \
                                                     "strb %[sum3], [%[even], %[odd], lsl #1]\n\t"              \
                                                     "add %[output], %[output], %[odd], lsl #2\n\t"             \
                                                     "subs %[pixels], %[pixels], #4\n\t"                        \
                                                     "bgt 1b\n\t"                                               \
                                                     "b 3f\n"                                                   \
                                                     "2:\n\t" NN_STORE_FEWER "3:\n\t"                           \
                         : [sum0] "=&r"(sum0), [sum1] "=&r"(sum1), [sum2] "=&r"(sum2), [sum3] "=&r"(sum3),      \
                           [x0] "=&r"(x0), [x1] "=&r"(x1), [even] "=&r"(even), [odd] "=&r"(odd),                \
                           [input] "+r"(input), [output] "+r"(output), [pixels] "+r"(pixels)                    \
                         : [weights] "r"(lane), [step] "r"(step)                                                \
                         : "cc", "memory");                                                                     \
    }

/* clang-format off */
NN_DEFINE_QUAD(nn_quad_stride1, NN_PAIR_STRIDE1)
NN_DEFINE_QUAD(nn_quad_stride2, NN_PAIR_STRIDE2)
NN_DEFINE_ROW3(nn_row3_stride1, NN_PAIR_STRIDE1)
NN_DEFINE_ROW3(nn_row3_stride2, NN_PAIR_STRIDE2)
/* clang-format on */

_Static_assert(sizeof(nn_lane_t) == 28, "nn_row3 has its offsets");

#endif
