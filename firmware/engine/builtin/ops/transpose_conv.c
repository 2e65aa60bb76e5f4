/* TRANSPOSE_CONV. */
#include "kernels/wide.h"
#include "ops/wide.h"

enum { FILTER = 1, INPUT = 2, BIAS = 3, CHANNEL_AXIS = 0, NO_BIAS_TYPE = -1 };
enum { PADDING = 0, STRIDE_W = 1, STRIDE_H = 2, ACTIVATION = 3, TRANSPOSE_CONV_OPTIONS = 49 };
enum { PADDING_SAME = 0, PADDING_VALID = 1, MAX_SIDE = 1 << 15 };

/* The shape comes first and is not read: the output tensor has it. Input, filter and bias take the places that they
 * have in a convolution. */
static ev_status_t order_operands(nn_op_t *op)
{
    nn_view_t view = nn_model_view(op->model);
    bool has_bias = op->inputs.count > BIAS && nn_view_i32_at(&view, op->inputs, BIAS) != -1;
    ev_status_t status = op->operand_count > INPUT ? EV_OK : EV_ERR_OPTION;
    op->operands[0] = op->operands[INPUT];
    if (status == EV_OK && has_bias) {
        status = nn_op_operand(op, BIAS, &op->operands[2]);
    }
    op->operand_count = has_bias ? 3 : 2;
    return status;
}

/* As for a convolution from the output to the input. */
static int32_t padding_of(int32_t padding, int32_t size, int32_t filter, int32_t stride)
{
    const int32_t steps = (size + stride - 1) / stride - 1;
    const int32_t missing = steps * stride + filter - size;
    return padding == PADDING_SAME && missing > 0 ? missing / 2 : 0;
}

static bool in_range(int32_t value)
{
    return value > 0 && value <= MAX_SIDE;
}

static bool set_window(nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[0], *filter = &op->operands[1], *output = &op->output;
    const int32_t padding = nn_op_option(op, PADDING, 1, 0);
    nn_window_t window = {
        .stride_h = nn_op_option(op, STRIDE_H, 4, 0),
        .stride_w = nn_op_option(op, STRIDE_W, 4, 0),
        .dilation_h = 1,
        .dilation_w = 1,
    };
    bool fits = input->rank == 4 && filter->rank == 4 && output->rank == 4 && input->dims[0] == output->dims[0] &&
                filter->dims[0] == output->dims[3] && filter->dims[3] == input->dims[3] &&
                in_range(window.stride_h) && in_range(window.stride_w) &&
                (padding == PADDING_SAME || padding == PADDING_VALID);
    for (int32_t i = 1; fits && i < 3; i++) {
        fits = in_range(input->dims[i]) && in_range(filter->dims[i]) && in_range(output->dims[i]);
    }
    if (!fits) {
        return false;
    }
    window.batches = input->dims[0];
    window.in_h = input->dims[1];
    window.in_w = input->dims[2];
    window.in_c = input->dims[3];
    window.out_h = output->dims[1];
    window.out_w = output->dims[2];
    window.out_c = output->dims[3];
    window.filter_h = filter->dims[1];
    window.filter_w = filter->dims[2];
    window.pad_top = padding_of(padding, window.out_h, window.filter_h, window.stride_h);
    window.pad_left = padding_of(padding, window.out_w, window.filter_w, window.stride_w);
    op->args.wide.window = window;
    return true;
}

static bool bias_fits(const nn_op_t *op)
{
    const int32_t type = op->operand_count > 2 ? op->operands[2].type : EV_INT64;
    return op->operands[0].type == EV_INT8 || type == EV_INT64 || type == EV_INT16;
}

static ev_status_t prepare(nn_op_t *op)
{
    ev_status_t status = order_operands(op);
    if (status != EV_OK) {
        return status;
    }
    bool fits = set_window(op) && bias_fits(op) &&
                nn_wide_fits(op, CHANNEL_AXIS, op->args.wide.window.out_c, nn_op_option(op, ACTIVATION, 1, 0),
                             NO_BIAS_TYPE);
    if (fits) {
        op->work = (uint64_t)op->output.elements * (op->operands[1].elements / (uint32_t)op->args.wide.window.out_c);
    }
    return fits ? EV_OK : EV_ERR_OPTION;
}

static void eval(const nn_op_t *op)
{
    nn_wide_fill(op);
    if (nn_wide_is(op)) {
        nn_transpose_conv_s16(&op->args.wide);
    } else {
        nn_transpose_conv_s8(&op->args.wide);
    }
}

const nn_op_kind_t nn_op_transpose_conv = {
    .code = NN_OP_TRANSPOSE_CONV,
    .options_type = TRANSPOSE_CONV_OPTIONS,
    .min_inputs = 3,
    .max_inputs = 4,
    .prepare = prepare,
    .check = nn_wide_check,
    .scratch_bytes = nn_wide_scratch,
    .eval = eval,
};
