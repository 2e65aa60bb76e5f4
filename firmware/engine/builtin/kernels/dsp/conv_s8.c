/* CONV_2D four pixels at a time. The pixels' receptive fields are expanded to int16 and interleaved, so that one
 * word of weights is multiplied with all four:
 *
 *     k 0,2 of pixels 0 1 2 3 | k 1,3 of pixels 0 1 2 3 | k 4,6 of pixels 0 1 2 3 | ...
 *
 * The order 0,2 and 1,3 is the one in which SXTB16 expands a word of weights. */
#include "conv_pair.h"

enum { PIXELS = 4, WORD = 4, GROUP = 2 * PIXELS }; /* GROUP: int32 words for four k of all pixels */

/* Expands one word into one pixel's part of the columns. */
static inline int32_t *expand_word(uint32_t word, int16x2_t offset, int32_t *column)
{
    column[0] = (int32_t)nn_add_even(offset, word);
    column[PIXELS] = (int32_t)nn_add_odd(offset, word);
    return column + GROUP;
}

/* Expands `count` bytes, a multiple of four; returns where they end. */
static int32_t *expand(const int8_t *bytes, int32_t count, int16x2_t offset, int32_t *column)
{
    for (; count >= 4 * WORD; count -= 4 * WORD, bytes += 4 * WORD) {
        column = expand_word(nn_load_u32(bytes), offset, column);
        column = expand_word(nn_load_u32(bytes + WORD), offset, column);
        column = expand_word(nn_load_u32(bytes + 2 * WORD), offset, column);
        column = expand_word(nn_load_u32(bytes + 3 * WORD), offset, column);
    }
    for (; count > 0; count -= WORD, bytes += WORD) {
        column = expand_word(nn_load_u32(bytes), offset, column);
    }
    return column;
}

static int32_t *expand_zeros(int32_t count, int32_t *column)
{
    for (; count > 0; count -= WORD, column += GROUP) {
        column[0] = column[PIXELS] = 0;
    }
    return column;
}

/* One row of the receptive field, where a pixel is a whole number of words. */
static int32_t *expand_row(const nn_conv_args_t *args, const int8_t *row, int32_t x, int32_t *column)
{
    const nn_window_t *w = &args->window;
    int16x2_t offset = nn_pair(-args->input_zero_point);
    bool inside = x >= 0 && x + w->filter_w <= w->in_w;
    if (inside && w->dilation_w == 1) {
        return expand(row + x * w->in_c, w->filter_w * w->in_c, offset, column);
    }
    for (int32_t fx = 0; fx < w->filter_w; fx++, x += w->dilation_w) {
        bool on_image = x >= 0 && x < w->in_w;
        column = on_image ? expand(row + x * w->in_c, w->in_c, offset, column) : expand_zeros(w->in_c, column);
    }
    return column;
}

static void gather_words(const nn_conv_args_t *args, const int8_t *image, int32_t y, int32_t x, int32_t *column)
{
    const nn_window_t *w = &args->window;
    for (int32_t fy = 0; fy < w->filter_h; fy++, y += w->dilation_h) {
        if (y >= 0 && y < w->in_h) {
            column = expand_row(args, image + y * w->in_w * w->in_c, x, column);
        } else {
            column = expand_zeros(w->filter_w * w->in_c, column);
        }
    }
}

static int8_t *copy(const int8_t *bytes, int32_t count, int8_t *to)
{
    for (; count >= WORD; count -= WORD, bytes += WORD, to += WORD) {
        memcpy(to, bytes, WORD);
    }
    for (; count > 0; count--) {
        *to++ = *bytes++;
    }
    return to;
}

static int8_t *fill(int8_t value, int32_t count, int8_t *to)
{
    for (; count > 0; count--) {
        *to++ = value;
    }
    return to;
}

static int8_t *copy_row(const nn_conv_args_t *args, const int8_t *row, int32_t x, int8_t *to)
{
    const nn_window_t *w = &args->window;
    if (w->dilation_w == 1 && x >= 0 && x + w->filter_w <= w->in_w) {
        return copy(row + x * w->in_c, w->filter_w * w->in_c, to);
    }
    for (int32_t fx = 0; fx < w->filter_w; fx++, x += w->dilation_w) {
        bool on_image = x >= 0 && x < w->in_w;
        to = on_image ? copy(row + x * w->in_c, w->in_c, to) : fill((int8_t)args->input_zero_point, w->in_c, to);
    }
    return to;
}

/* Other pixels are gathered as bytes first. */
static void gather_bytes(const nn_conv_args_t *args, const int8_t *image, int32_t y, int32_t x, int8_t *stage,
                         int32_t *column)
{
    const nn_window_t *w = &args->window;
    int8_t zero = (int8_t)args->input_zero_point, *to = stage;
    for (int32_t fy = 0; fy < w->filter_h; fy++, y += w->dilation_h) {
        bool on_image = y >= 0 && y < w->in_h;
        to = on_image ? copy_row(args, image + y * w->in_w * w->in_c, x, to) : fill(zero, w->filter_w * w->in_c, to);
    }
    while ((to - stage) % WORD != 0) {
        *to++ = zero;
    }
    (void)expand(stage, (int32_t)(to - stage), nn_pair(-args->input_zero_point), column);
}

/* Four k of one channel and four pixels in 13 instructions. */
#define STEP                                   \
    "ldr %[word], [%[weights]], #4\n\t"        \
    "ldmia %[columns]!, {r8-r11}\n\t"          \
    "sxtb16 %[pair], %[word]\n\t"              \
    "smlad %[sum0], %[pair], r8, %[sum0]\n\t"  \
    "smlad %[sum1], %[pair], r9, %[sum1]\n\t"  \
    "smlad %[sum2], %[pair], r10, %[sum2]\n\t" \
    "smlad %[sum3], %[pair], r11, %[sum3]\n\t" \
    "ldmia %[columns]!, {r8-r11}\n\t"          \
    "sxtb16 %[pair], %[word], ror #8\n\t"      \
    "smlad %[sum0], %[pair], r8, %[sum0]\n\t"  \
    "smlad %[sum1], %[pair], r9, %[sum1]\n\t"  \
    "smlad %[sum2], %[pair], r10, %[sum2]\n\t" \
    "smlad %[sum3], %[pair], r11, %[sum3]\n\t"

#define OPERANDS                                                                                                     \
    [sum0] "+r"(sums[0]), [sum1] "+r"(sums[1]), [sum2] "+r"(sums[2]), [sum3] "+r"(sums[3]), [weights] "+r"(weights), \
        [columns] "+r"(columns), [word] "=&r"(word), [pair] "=&r"(pair)

#define CLOBBERED "r8", "r9", "r10", "r11", "memory"

/* Adds the products of `words` words of weights with the columns. */
NN_INLINE nn_sums_t dot(nn_sums_t initial, const int8_t *weights, int32_t words, const int32_t *columns)
{
    int32_t *sums = initial.at;
    uint32_t word, pair;
    if (words & 1) {
        __asm__ volatile(STEP : OPERANDS : : CLOBBERED);
    }
    if (words & 2) {
        __asm__ volatile(STEP STEP : OPERANDS : : CLOBBERED);
    }
    const int8_t *end = weights + (words & ~3) * WORD;
    if (weights != end) {
        __asm__ volatile("1:\n\t" STEP STEP STEP STEP "cmp %[weights], %[end]\n\tbne 1b"
                         : OPERANDS
                         : [end] "r"(end)
                         : "cc", CLOBBERED);
    }
    return initial;
}

typedef struct {
    const nn_conv_args_t *args;
    const int32_t *columns;
    int32_t depth;
    int32_t pixels; /* of the tile that are in use */
} tile_t;

NN_INLINE nn_sums_t channel_sums(const tile_t *tile, const nn_channel_t *channel, const int8_t *weights)
{
    int32_t words = tile->depth / WORD, rest = tile->depth % WORD;
    nn_sums_t sums = {{channel->bias, channel->bias, channel->bias, channel->bias}};
    sums = dot(sums, weights, words, tile->columns);
    if (rest != 0) {
        uint32_t last = nn_partial_word(weights + words * WORD, rest);
        sums = dot(sums, (const int8_t *)&last, 1, tile->columns + words * GROUP);
    }
    return sums;
}

/* Requantizes and stores one channel of a tile. */
static void store(const tile_t *tile, int32_t c, nn_sums_t sums, int8_t *output)
{
    const nn_conv_args_t *args = tile->args;
    const nn_channel_t *channel = &args->channels[c];
    for (int32_t i = 0; i < tile->pixels; i++) {
        int32_t value = nn_requantize(sums.at[i], channel->multiplier, channel->shift) + args->range.zero_point;
        output[i * args->window.out_c + c] = nn_clamp_s8(value, args->range.low, args->range.high);
    }
}

/* Channels `from` to `to`, exclusive. Those that are nn_is_fast take it, if the tile is full and all int8 values are
 * the outputs' range: `room` is then nn_fast_room, otherwise -1. */
static void multiply(const tile_t *tile, int32_t from, int32_t to, int32_t room, int8_t *output)
{
    const nn_conv_args_t *args = tile->args;
    const int32_t out_c = args->window.out_c;
    const int8_t *weights = args->filter + from * tile->depth;
    for (int32_t c = from; c < to; c++, weights += tile->depth) {
        const nn_channel_t *channel = &args->channels[c];
        nn_sums_t sums = channel_sums(tile, channel, weights);
        if (room >= 0 && nn_is_fast(channel, room)) {
            nn_store4(sums, channel, nn_fast_offset(args->range.zero_point, -channel->shift), output + c, out_c);
        } else {
            store(tile, c, sums, output);
        }
    }
}

/* A block of `tiles` full tiles, two channels at a time: their weights are packed once for all tiles. */
static void multiply_block(const tile_t *first, int32_t tiles, int32_t room, int32_t *packed, int8_t *output)
{
    const nn_conv_args_t *args = first->args;
    const int32_t out_c = args->window.out_c, depth = first->depth;
    const int32_t tile_words = (depth + WORD - 1) / WORD * GROUP;
    for (int32_t c = 0; c < out_c; c += 2) {
        const nn_channel_t *channels = &args->channels[c];
        const bool fast = nn_is_fast(&channels[0], room) && nn_is_fast(&channels[1], room);
        nn_pair_t pair = {.output = output + c};
        if (fast) {
            pair = nn_get_pair(args, channels, output + c);
        }
        const int32_t *end = fast ? nn_pack(args->filter + c * depth, depth, packed) : packed;
        tile_t tile = *first;
        for (int32_t left = tiles; left > 0; left--, tile.columns += tile_words, pair.output += PIXELS * out_c) {
            if (fast) {
                nn_conv_pair(tile.columns, packed, end, &pair);
            } else {
                multiply(&tile, c, c + 2, room, pair.output - c);
            }
        }
    }
}

static void gather(const nn_conv_args_t *args, const int8_t *image, int32_t pixel, int32_t depth, int32_t *column)
{
    const nn_window_t *w = &args->window;
    int32_t y = pixel / w->out_w * w->stride_h - w->pad_top, x = pixel % w->out_w * w->stride_w - w->pad_left;
    if (w->in_c % WORD == 0) {
        gather_words(args, image, y, x, column);
    } else {
        int8_t *stage = (int8_t *)args->columns + nn_conv_columns_bytes(w) - (depth + WORD - 1) / WORD * WORD;
        gather_bytes(args, image, y, x, stage, column);
    }
}

/* Full tiles in blocks; returns how many pixels they have. */
static int32_t run_blocks(const nn_conv_args_t *args, const int8_t *image, const tile_t *tile, int32_t room,
                          int8_t *output)
{
    const nn_window_t *w = &args->window;
    const int32_t block = nn_conv_block_tiles(w), full = w->out_h * w->out_w / PIXELS;
    const int32_t tile_words = (tile->depth + WORD - 1) / WORD * GROUP;
    int32_t *columns = (int32_t *)(void *)args->columns, *packed = columns + block * tile_words;
    for (int32_t first = 0; first < full; first += block) {
        const int32_t tiles = nn_min(block, full - first);
        for (int32_t i = 0; i < tiles * PIXELS; i++) {
            gather(args, image, first * PIXELS + i, tile->depth, columns + i / PIXELS * tile_words + i % PIXELS);
        }
        multiply_block(tile, tiles, room, packed, output + first * PIXELS * w->out_c);
    }
    return full * PIXELS;
}

void nn_conv_s8(const nn_conv_args_t *args)
{
    const nn_window_t *w = &args->window;
    int32_t depth = w->filter_h * w->filter_w * w->in_c, pixels = w->out_h * w->out_w;
    int32_t *columns = (int32_t *)(void *)args->columns;
    tile_t tile = {args, columns, depth, PIXELS};
    const int32_t room = nn_is_full_range(&args->range) ? nn_fast_room(depth) : -1;
    const bool in_blocks = room >= 0 && nn_conv_block_tiles(w) > 1 && w->out_c % 2 == 0;
    const int8_t *image = args->input;
    int8_t *output = args->output;
    for (int32_t b = 0; b < w->batches; b++, image += w->in_h * w->in_w * w->in_c) {
        int32_t done = in_blocks ? run_blocks(args, image, &tile, room, output) : 0;
        output += done * w->out_c;
        for (int32_t first = done; first < pixels; first += PIXELS, output += tile.pixels * w->out_c) {
            tile.pixels = nn_min(pixels - first, PIXELS);
            for (int32_t i = 0; i < tile.pixels; i++) {
                gather(args, image, first + i, depth, columns + i);
            }
            multiply(&tile, 0, w->out_c, tile.pixels == PIXELS ? room : -1, output);
        }
    }
}
