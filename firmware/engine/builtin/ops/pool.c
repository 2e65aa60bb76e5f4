/* AVERAGE_POOL_2D and MAX_POOL_2D. */
#include "kernels/quant.h"
#include "ops/shared/window.h"

enum { PADDING = 0, STRIDE_W = 1, STRIDE_H = 2, FILTER_W = 3, FILTER_H = 4, ACTIVATION = 5, POOL_OPTIONS = 5 };

/* The scale must not change; the reference allows this much. */
static bool same_scale(const nn_operand_t *a, const nn_operand_t *b)
{
    float difference = a->scale - b->scale;
    return difference <= 1e-6f && difference >= -1e-6f && a->zero_point == b->zero_point;
}

static bool set_range(const nn_op_t *op, nn_range_t *range)
{
    const int32_t activation = nn_op_option(op, ACTIVATION, 1, NN_ACT_NONE);
    if (nn_op_is_int16(&op->output)) {
        return nn_op_is_int16(&op->operands[0]) && !op->operands[0].constant && /* which may not be aligned */
               nn_activation_range_s16(activation, op->output.scale, &range->low, &range->high);
    }
    return nn_op_is_int8(&op->operands[0]) && nn_op_is_int8(&op->output) &&
           nn_activation_range(activation, op->output.scale, op->output.zero_point, &range->low, &range->high);
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_conv_args_t *args = &op->args.conv;
    const nn_operand_t *input = &op->operands[0];
    nn_window_options_t options = {
        .padding = nn_op_option(op, PADDING, 1, 0),
        .stride_h = nn_op_option(op, STRIDE_H, 4, 0),
        .stride_w = nn_op_option(op, STRIDE_W, 4, 0),
        .dilation_h = 1,
        .dilation_w = 1,
        .filter_h = nn_op_option(op, FILTER_H, 4, 0),
        .filter_w = nn_op_option(op, FILTER_W, 4, 0),
    };
    bool fits = op->output.type == input->type && same_scale(input, &op->output) &&
                nn_window(&options, input, &op->output, &args->window) && args->window.in_c == args->window.out_c &&
                set_range(op, &args->range);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->input = (const int8_t *)input->data;
    args->output = (int8_t *)op->output.data;
    op->needs_eval = op->output.type == EV_INT16;
    op->work = (uint64_t)op->output.elements * (uint32_t)options.filter_h * (uint32_t)options.filter_w;
    return EV_OK;
}

static int32_t gap(const nn_op_t *op, uint32_t input)
{
    (void)input;
    const int32_t elements = nn_window_gap(&op->args.conv.window);
    return elements == NN_NO_OVERWRITE || op->output.type == EV_INT8 ? elements : elements * 2;
}

static void run_average(const nn_kernel_args_t *args)
{
    nn_average_pool_s8(&args->conv);
}

static void run_max(const nn_kernel_args_t *args)
{
    nn_max_pool_s8(&args->conv);
}

static void eval_average_s16(const nn_op_t *op)
{
    nn_average_pool_s16(&op->args.conv);
}

static void eval_max_s16(const nn_op_t *op)
{
    nn_max_pool_s16(&op->args.conv);
}

const nn_op_kind_t nn_op_average_pool = {
    .code = NN_OP_AVERAGE_POOL_2D,
    .options_type = POOL_OPTIONS,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare,
    .overwrite_gap = gap,
    .run = run_average,
    NN_KEPT_ARGS(nn_conv_args_t, window, range),
    .eval = eval_average_s16,
};

const nn_op_kind_t nn_op_max_pool = {
    .code = NN_OP_MAX_POOL_2D,
    .options_type = POOL_OPTIONS,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare,
    .overwrite_gap = gap,
    .run = run_max,
    NN_KEPT_ARGS(nn_conv_args_t, window, range),
    .eval = eval_max_s16,
};
