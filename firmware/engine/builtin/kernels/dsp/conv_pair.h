/* Four pixels of a convolution with two output channels, whose weights are packed as int16. */
#ifndef NN_CONV_PAIR_H
#define NN_CONV_PAIR_H

#include "simd.h"

enum { NN_CONV_WORD = 4 };

/* One word of packed weights of each channel, at `w`, with one word of each pixel, at `x`: 16 products in 14
 * instructions. r4 to r7 are the first channel's sums, r8 to r11 the second's. */
#define NN_PAIR_HALF(x, w)        \
    "ldr r12, [r1, #" w "]\n\t"   \
    "ldr lr, [r1, #" w "+4]\n\t"  \
    "ldr r2, [r0, #" x "]\n\t"    \
    "ldr r3, [r0, #" x "+4]\n\t"  \
    "smlad r4, r12, r2, r4\n\t"   \
    "smlad r8, lr, r2, r8\n\t"    \
    "smlad r5, r12, r3, r5\n\t"   \
    "smlad r9, lr, r3, r9\n\t"    \
    "ldr r2, [r0, #" x "+8]\n\t"  \
    "ldr r3, [r0, #" x "+12]\n\t" \
    "smlad r6, r12, r2, r6\n\t"   \
    "smlad r10, lr, r2, r10\n\t"  \
    "smlad r7, r12, r3, r7\n\t"   \
    "smlad r11, lr, r3, r11\n\t"

#define NN_PAIR_WORD(x, x2, w, w2) NN_PAIR_HALF(x, w) NN_PAIR_HALF(x2, w2)

/* Constants of one channel, and where its outputs go. */
typedef struct {
    struct {
        int32_t bias, multiplier, right, offset; /* of nn_requantize_fast */
    } channels[2];
    int32_t stride; /* bytes from pixel to pixel */
    int8_t *output;
} nn_pair_t;

_Static_assert(sizeof(nn_pair_t) == 40, "nn_conv_pair has its offsets");

#define NN_PAIR_REQUANTIZE(sum) NN_REQUANTIZE_BY(sum, "r0", "r2", "r1")

/* Requantizes the sums and stores them: the first channel with its constants, then the second. */
#define NN_PAIR_STORE                                                                                             \
    "ldr r3, [sp, #4]\n\t"                                                                                        \
    "ldr r0, [r3, #4]\n\t"                                                                                        \
    "ldr r1, [r3, #8]\n\t"                                                                                        \
    "ldr r2, [r3, #12]\n\t" NN_PAIR_REQUANTIZE("r4") NN_PAIR_REQUANTIZE("r5") NN_PAIR_REQUANTIZE("r6")            \
        NN_PAIR_REQUANTIZE("r7") "ldr r0, [r3, #20]\n\t"                                                          \
                                 "ldr r1, [r3, #24]\n\t"                                                          \
                                 "ldr r2, [r3, #28]\n\t"                                                          \
                                 "ldr r12, [r3, #32]\n\t"                                                         \
                                 "ldr lr, [r3, #36]\n\t" NN_PAIR_REQUANTIZE("r8") NN_PAIR_REQUANTIZE("r9")        \
                                     NN_PAIR_REQUANTIZE("r10") NN_PAIR_REQUANTIZE("r11") "strb r4, [lr]\n\t"      \
                                                                                         "strb r8, [lr, #1]\n\t"  \
                                                                                         "add lr, lr, r12\n\t"    \
                                                                                         "strb r5, [lr]\n\t"      \
                                                                                         "strb r9, [lr, #1]\n\t"  \
                                                                                         "add lr, lr, r12\n\t"    \
                                                                                         "strb r6, [lr]\n\t"      \
                                                                                         "strb r10, [lr, #1]\n\t" \
                                                                                         "add lr, lr, r12\n\t"    \
                                                                                         "strb r7, [lr]\n\t"      \
                                                                                         "strb r11, [lr, #1]\n\t"

/* Multiplies a tile's columns with the packed weights up to `end`, requantizes and stores. A function of its own
 * because it needs all fourteen registers. */
__attribute__((naked, noinline)) static void nn_conv_pair(__attribute__((unused)) const int32_t *columns,
                                                          __attribute__((unused)) const int32_t *packed,
                                                          __attribute__((unused)) const int32_t *end,
                                                          __attribute__((unused)) const nn_pair_t *pair)
{
    /* clang-format off */
    __asm__ volatile(
        "push {r2-r11, lr}\n\t"
        "ldr r4, [r3]\n\t"
        "ldr r8, [r3, #16]\n\t"
        "subs r2, r2, r1\n\t"
        "mov r5, r4\n\t"
        "mov r6, r4\n\t"
        "mov r7, r4\n\t"
        "mov r9, r8\n\t"
        "mov r10, r8\n\t"
        "mov r11, r8\n\t"
        "tst r2, #16\n\t"
        "beq 1f\n\t"
        NN_PAIR_WORD("0", "16", "0", "8")
        "add r0, r0, #32\n\t"
        "add r1, r1, #16\n"
        "1:\n\t"
        "ldr r2, [sp]\n\t"
        "subs r2, r2, r1\n\t"
        "tst r2, #32\n\t"
        "beq 2f\n\t"
        NN_PAIR_WORD("0", "16", "0", "8") NN_PAIR_WORD("32", "48", "16", "24")
        "add r0, r0, #64\n\t"
        "add r1, r1, #32\n"
        "2:\n\t"
        "ldr r2, [sp]\n\t"
        "cmp r1, r2\n\t"
        "beq 3f\n\t"
        NN_PAIR_WORD("0", "16", "0", "8") NN_PAIR_WORD("32", "48", "16", "24")
        NN_PAIR_WORD("64", "80", "32", "40") NN_PAIR_WORD("96", "112", "48", "56")
        "add r0, r0, #128\n\t"
        "add r1, r1, #64\n\t"
        "b 2b\n"
        "3:\n\t" NN_PAIR_STORE
        "pop {r2-r11, pc}\n\t");
    /* clang-format on */
}

/* The last bytes of a row of weights as a word; its end may be the end of the file. */
static inline uint32_t nn_partial_word(const int8_t *bytes, int32_t count)
{
    uint32_t word = 0;
    for (int32_t i = 0; i < count; i++) {
        word |= (uint32_t)(uint8_t)bytes[i] << (8 * i);
    }
    return word;
}

/* Packs rows `weights` and `weights + depth` as nn_conv_pair reads them; returns their end. */
static inline int32_t *nn_pack(const int8_t *weights, int32_t depth, int32_t *packed)
{
    const int8_t *second = weights + depth;
    int32_t left = depth;
    for (; left >= NN_CONV_WORD;
         left -= NN_CONV_WORD, weights += NN_CONV_WORD, second += NN_CONV_WORD, packed += NN_CONV_WORD) {
        uint32_t a = nn_load_u32(weights), b = nn_load_u32(second);
        packed[0] = (int32_t)nn_add_even(0, a);
        packed[1] = (int32_t)nn_add_even(0, b);
        packed[2] = (int32_t)nn_add_odd(0, a);
        packed[3] = (int32_t)nn_add_odd(0, b);
    }
    if (left > 0) {
        uint32_t a = nn_partial_word(weights, left), b = nn_partial_word(second, left);
        packed[0] = (int32_t)nn_add_even(0, a);
        packed[1] = (int32_t)nn_add_even(0, b);
        packed[2] = (int32_t)nn_add_odd(0, a);
        packed[3] = (int32_t)nn_add_odd(0, b);
        packed += NN_CONV_WORD;
    }
    return packed;
}

static inline nn_pair_t nn_get_pair(const nn_conv_args_t *args, const nn_channel_t *from, int8_t *output)
{
    nn_pair_t pair = {.stride = args->window.out_c, .output = output};
    for (int32_t i = 0; i < 2; i++) {
        pair.channels[i].bias = from[i].bias;
        pair.channels[i].multiplier = from[i].multiplier;
        pair.channels[i].right = -from[i].shift;
        pair.channels[i].offset = nn_fast_offset(args->range.zero_point, -from[i].shift);
    }
    return pair;
}

#endif
