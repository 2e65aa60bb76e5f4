/* CONV_2D and DEPTHWISE_CONV_2D. */
#include "kernels/wide.h"
#include "ops/wide.h"

enum { PADDING = 0, STRIDE_W = 1, STRIDE_H = 2, CONV_ACTIVATION = 3 };
enum { DEPTH_MULTIPLIER = 3, DEPTHWISE_ACTIVATION = 4 };
enum { CONV_DILATION_W = 4, CONV_DILATION_H = 5, DEPTHWISE_DILATION_W = 5, DEPTHWISE_DILATION_H = 6 };
enum { CONV_BIAS_TYPE = 6, NO_BIAS_TYPE = -1 };
enum { CONV_OPTIONS = 1, DEPTHWISE_OPTIONS = 2, CONV_CHANNEL_AXIS = 0, DEPTHWISE_CHANNEL_AXIS = 3 };

/* A column of pixels is as well a row. */
static void turn_column(nn_window_t *w)
{
    if (w->in_w != 1 || w->filter_w != 1 || w->out_w != 1) {
        return;
    }
    nn_window_t row = *w;
    row.in_w = w->in_h, row.in_h = 1;
    row.out_w = w->out_h, row.out_h = 1;
    row.filter_w = w->filter_h, row.filter_h = 1;
    row.stride_w = w->stride_h, row.stride_h = 1;
    row.dilation_w = w->dilation_h, row.dilation_h = 1;
    row.pad_left = w->pad_top, row.pad_top = 0;
    *w = row;
}

static ev_status_t prepare(nn_op_t *op, int32_t axis, const nn_window_options_t *options, int32_t activation)
{
    nn_conv_args_t *args = &op->args.conv;
    const nn_operand_t *input = &op->operands[0], *filter = &op->operands[1];
    bool fits = nn_op_is_int8(input) && nn_op_is_int8(&op->output) &&
                nn_window(options, input, &op->output, &args->window) &&
                nn_channels_fit(op, axis, args->window.out_c) &&
                nn_activation_range(activation, op->output.scale, op->output.zero_point, &args->range.low,
                                    &args->range.high);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    turn_column(&args->window);
    args->input = (const int8_t *)input->data;
    args->filter = (const int8_t *)filter->data;
    args->output = (int8_t *)op->output.data;
    args->input_zero_point = input->zero_point;
    args->range.zero_point = op->output.zero_point;
    args->bias = nn_channels_bias(op);
    args->scales = nn_channels_scales(op);
    args->source = nn_channels_source(op);
    args->channels = (nn_channel_t *)(void *)op->scratch;
    args->columns = (int16_t *)(void *)(op->scratch + (uint32_t)args->window.out_c * sizeof(nn_channel_t));
    return EV_OK;
}

static ev_status_t prepare_wide(nn_op_t *op, int32_t axis, const nn_window_options_t *options, int32_t activation,
                                int32_t bias_type_field)
{
    nn_wide_args_t *args = &op->args.wide;
    bool fits = nn_window(options, &op->operands[0], &op->output, &args->window) &&
                nn_wide_fits(op, axis, args->window.out_c, activation, bias_type_field);
    return fits ? EV_OK : EV_ERR_OPTION;
}

static nn_window_options_t read_options(const nn_op_t *op, uint32_t dilation_w, uint32_t dilation_h)
{
    nn_window_options_t options = {
        .padding = nn_op_option(op, PADDING, 1, 0),
        .stride_h = nn_op_option(op, STRIDE_H, 4, 0),
        .stride_w = nn_op_option(op, STRIDE_W, 4, 0),
        .dilation_h = nn_op_option(op, dilation_h, 4, 1),
        .dilation_w = nn_op_option(op, dilation_w, 4, 1),
        .filter_h = op->operands[1].dims[1],
        .filter_w = op->operands[1].dims[2],
    };
    return options;
}

static ev_status_t prepare_conv(nn_op_t *op)
{
    const int32_t *filter = op->operands[1].dims, *input = op->operands[0].dims;
    nn_window_options_t options = read_options(op, CONV_DILATION_W, CONV_DILATION_H);
    if (op->operands[1].rank != 4 || filter[3] != input[3] || filter[0] != op->output.dims[3]) {
        return EV_ERR_OPTION;
    }
    op->work = (uint64_t)op->output.elements * (op->operands[1].elements / (uint32_t)filter[0]);
    const int32_t activation = nn_op_option(op, CONV_ACTIVATION, 1, NN_ACT_NONE);
    if (nn_wide_is(op)) {
        bool bias_fits = op->operand_count <= 2 || op->operands[2].type != EV_INT16;
        return bias_fits ? prepare_wide(op, CONV_CHANNEL_AXIS, &options, activation, CONV_BIAS_TYPE) : EV_ERR_OPTION;
    }
    return prepare(op, CONV_CHANNEL_AXIS, &options, activation);
}

static ev_status_t prepare_depthwise(nn_op_t *op)
{
    const int32_t *filter = op->operands[1].dims, *input = op->operands[0].dims;
    nn_window_options_t options = read_options(op, DEPTHWISE_DILATION_W, DEPTHWISE_DILATION_H);
    int32_t multiplier = nn_op_option(op, DEPTH_MULTIPLIER, 4, 0);
    bool sane = op->operands[1].rank == 4 && filter[0] == 1 && filter[3] == op->output.dims[3] && multiplier > 0 &&
                filter[3] % multiplier == 0 && filter[3] / multiplier == input[3];
    if (!sane) {
        return EV_ERR_OPTION;
    }
    op->work = (uint64_t)op->output.elements * (uint32_t)filter[1] * (uint32_t)filter[2];
    const int32_t activation = nn_op_option(op, DEPTHWISE_ACTIVATION, 1, NN_ACT_NONE);
    if (nn_wide_is(op)) {
        bool bias_fits = op->operand_count <= 2 || op->operands[2].type == EV_INT64;
        op->args.wide.depth_multiplier = multiplier;
        return bias_fits ? prepare_wide(op, DEPTHWISE_CHANNEL_AXIS, &options, activation, NO_BIAS_TYPE)
                         : EV_ERR_OPTION;
    }
    op->args.conv.depth_multiplier = multiplier;
    return prepare(op, DEPTHWISE_CHANNEL_AXIS, &options, activation);
}

static uint32_t channel_bytes(const nn_op_t *op)
{
    return (uint32_t)op->args.conv.window.out_c * sizeof(nn_channel_t);
}

static uint32_t conv_scratch(const nn_op_t *op)
{
    return nn_wide_is(op) ? nn_wide_scratch(op) : channel_bytes(op) + nn_conv_columns_bytes(&op->args.conv.window);
}

static uint32_t depthwise_scratch(const nn_op_t *op)
{
    return nn_wide_is(op) ? nn_wide_scratch(op)
                          : channel_bytes(op) +
                                nn_depthwise_columns_bytes(&op->args.conv.window, op->args.conv.depth_multiplier);
}

static int32_t conv_gap(const nn_op_t *op, uint32_t input)
{
    if (input != 0) {
        return NN_NO_OVERWRITE;
    }
    return nn_wide_is(op) ? nn_wide_gap(op) : nn_window_gap(&op->args.conv.window);
}

/* It works channel by channel, and takes rows of a channel before it overwrites them (kernels/slab.h). */
static int32_t depthwise_gap(const nn_op_t *op, uint32_t input)
{
    if (nn_wide_is(op)) {
        return input == 0 ? nn_wide_gap(op) : NN_NO_OVERWRITE;
    }
    bool fits = op->args.conv.depth_multiplier == 1 && op->output.bytes <= op->operands[0].bytes;
    return input == 0 && fits ? NN_SAME_START : NN_NO_OVERWRITE;
}

static ev_status_t check(const nn_op_t *op)
{
    return nn_wide_is(op) ? nn_wide_check(op) : nn_channels_check(op, op->args.conv.window.out_c);
}

static void fill_channels(const nn_conv_args_t *args)
{
    nn_channels_fill(&args->source, args->scales, args->bias, args->channels, args->window.out_c);
}

static void run_conv(const nn_kernel_args_t *args)
{
    fill_channels(&args->conv);
    nn_conv_s8(&args->conv);
}

static void run_depthwise(const nn_kernel_args_t *args)
{
    fill_channels(&args->conv);
    nn_depthwise_s8(&args->conv);
}

static void eval_conv_s16(const nn_op_t *op)
{
    nn_wide_fill(op);
    nn_conv_s16(&op->args.wide);
}

static void eval_depthwise_s16(const nn_op_t *op)
{
    nn_wide_fill(op);
    nn_depthwise_s16(&op->args.wide);
}

const nn_op_kind_t nn_op_conv = {
    .code = NN_OP_CONV_2D,
    .options_type = CONV_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 3,
    .prepare = prepare_conv,
    .check = check,
    .scratch_bytes = conv_scratch,
    .overwrite_gap = conv_gap,
    .run = run_conv,
    NN_KEPT_ARGS(nn_conv_args_t, window, source),
    .eval = eval_conv_s16,
};

const nn_op_kind_t nn_op_depthwise = {
    .code = NN_OP_DEPTHWISE_CONV_2D,
    .options_type = DEPTHWISE_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 3,
    .prepare = prepare_depthwise,
    .check = check,
    .scratch_bytes = depthwise_scratch,
    .overwrite_gap = depthwise_gap,
    .run = run_depthwise,
    NN_KEPT_ARGS(nn_conv_args_t, window, source),
    .eval = eval_depthwise_s16,
};
