#include <string.h>

#include "kernels/kernels.h"
#include "kernels/load.h"

enum { ROW = 5 };

/* From front to back, word by word: `to` may lie over `from`, but not behind it. */
static void copy(int8_t *to, const int8_t *from, size_t count)
{
    enum { WORD = 4 };
    for (; count >= 4 * WORD; count -= 4 * WORD, from += 4 * WORD, to += 4 * WORD) {
        uint32_t words[4] = {nn_load_u32(from), nn_load_u32(from + WORD), nn_load_u32(from + 2 * WORD),
                             nn_load_u32(from + 3 * WORD)};
        memcpy(to, &words[0], WORD);
        memcpy(to + WORD, &words[1], WORD);
        memcpy(to + 2 * WORD, &words[2], WORD);
        memcpy(to + 3 * WORD, &words[3], WORD);
    }
    for (; count > 0; count--) {
        *to++ = *from++;
    }
}

static void fill(int8_t *to, int8_t value, size_t count)
{
    if (count >= 32) {
        memset(to, value, count);
        return;
    }
    for (; count > 0; count--) {
        *to++ = value;
    }
}

static int has_data(const nn_pad_args_t *args, const int32_t *index)
{
    int inside = 1;
    for (int32_t axis = 0; axis < ROW; axis++) {
        int32_t position = index[axis] - args->before[axis];
        inside = inside && position >= 0 && position < args->in_dims[axis];
    }
    return inside;
}

void nn_pad_s8(const nn_pad_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    int32_t index[ROW] = {0};
    const size_t row = (size_t)args->out_dims[ROW], data = (size_t)args->in_dims[ROW];
    const size_t before = (size_t)args->before[ROW];
    const int8_t value = args->value;
    for (;;) {
        if (has_data(args, index)) {
            fill(output, value, before);
            copy(output + before, input, data);
            fill(output + before + data, value, row - before - data);
            input += data;
        } else {
            fill(output, value, row);
        }
        output += row;
        int32_t axis = ROW - 1;
        while (axis >= 0 && ++index[axis] == args->out_dims[axis]) { /* advance like an odometer */
            index[axis--] = 0;
        }
        if (axis < 0) {
            return;
        }
    }
}
