#include "window.h"

enum { PADDING_SAME = 0, PADDING_VALID = 1, MAX_OPTION = 1 << 15 };

static bool in_range(int32_t option)
{
    return option > 0 && option <= MAX_OPTION;
}

/* One dimension: output size, padding before and padded size, as TensorFlow defines them. A tensor's size is at most
 * NN_MAX_TENSOR_BYTES, so nothing overflows once the output's size is known to be right. */
static bool slide(int32_t padding, int32_t size, int32_t filter, int32_t stride, int32_t dilation, int32_t out,
                  int32_t *before, int32_t *padded)
{
    if (!in_range(filter) || !in_range(stride) || !in_range(dilation)) {
        return false;
    }
    int32_t extent = (filter - 1) * dilation + 1;
    int32_t expected = padding == PADDING_SAME ? (size + stride - 1) / stride : (size + stride - extent) / stride;
    if (out != expected) {
        return false;
    }
    *padded = (out - 1) * stride + extent;
    *before = *padded > size ? (*padded - size) / 2 : 0;
    return true;
}

bool nn_window(const nn_window_options_t *options, const nn_operand_t *input, const nn_operand_t *output,
               nn_window_t *window)
{
    bool sane = input->rank == 4 && output->rank == 4 && input->dims[0] == output->dims[0] &&
                (options->padding == PADDING_SAME || options->padding == PADDING_VALID);
    if (!sane) {
        return false;
    }
    nn_window_t shape = {
        .batches = input->dims[0],
        .in_h = input->dims[1],
        .in_w = input->dims[2],
        .in_c = input->dims[3],
        .out_h = output->dims[1],
        .out_w = output->dims[2],
        .out_c = output->dims[3],
        .filter_h = options->filter_h,
        .filter_w = options->filter_w,
        .stride_h = options->stride_h,
        .stride_w = options->stride_w,
        .dilation_h = options->dilation_h,
        .dilation_w = options->dilation_w,
    };
    *window = shape;
    int32_t height = 0, width = 0;
    /* A kernel keeps a whole padded channel: its size has to be a size. */
    return slide(options->padding, shape.in_h, shape.filter_h, shape.stride_h, shape.dilation_h, shape.out_h,
                 &window->pad_top, &height) &&
           slide(options->padding, shape.in_w, shape.filter_w, shape.stride_w, shape.dilation_w, shape.out_w,
                 &window->pad_left, &width) &&
           (int64_t)height * width <= NN_MAX_TENSOR_BYTES;
}

/* Where row `y` of windows begins in the input; a stride may be longer than the input. */
static int32_t first_row(const nn_window_t *w, int32_t y)
{
    const int32_t row = y * w->stride_h - w->pad_top;
    return row < 0 ? 0 : row < w->in_h ? row : w->in_h;
}

/* Output bytes up to the end of pixel (y, x), less the input bytes that no pixel from there on reads. */
static int32_t pixel_gap(const nn_window_t *w, int32_t y, int32_t x)
{
    int32_t written = (y * w->out_w + x + 1) * w->out_c;
    int32_t column = x * w->stride_w - w->pad_left;
    int32_t here = first_row(w, y) * w->in_w + (column > 0 ? column : 0);
    int32_t next_row = first_row(w, y + 1) * w->in_w;
    return written - (here < next_row ? here : next_row) * w->in_c;
}

int32_t nn_window_gap(const nn_window_t *w)
{
    int32_t gap = 0, last = w->out_w - 1, padded = w->pad_left / w->stride_w;
    if (w->batches != 1) {
        return NN_NO_OVERWRITE;
    }
    for (int32_t y = 0; y < w->out_h; y++) {
        /* Linear in x except for the padding on the left, so the largest value is at one of these two. */
        int32_t at_start = pixel_gap(w, y, padded < last ? padded : last), at_end = pixel_gap(w, y, last);
        gap = at_start > gap ? at_start : gap;
        gap = at_end > gap ? at_end : gap;
    }
    return gap;
}
