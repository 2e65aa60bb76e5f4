/* FULLY_CONNECTED. */
#include "kernels/wide.h"
#include "ops/wide.h"

enum { BIAS_TYPE = 4 };
enum { INPUT = 0, FILTER = 1, BIAS = 2, ACTIVATION = 0, WEIGHTS_FORMAT = 1, DENSE_OPTIONS = 8, CHANNEL_AXIS = 0 };

/* The accumulator's scale must be the bias's, within the reference's tolerance. */
static bool bias_scale_fits(const nn_op_t *op, float product)
{
    if (op->operand_count <= BIAS) {
        return true;
    }
    float difference = product - op->operands[BIAS].scale;
    return (difference < 0.0f ? -difference : difference) / op->output.scale <= 0.02f;
}

/* One scale for all outputs. */
static bool one_scale(const nn_op_t *op, nn_dense_args_t *args)
{
    const float input = op->operands[INPUT].scale, filter = op->operands[FILTER].scale;
    nn_multiplier_t multiplier = {0, 0};
    bool fits = bias_scale_fits(op, input * filter) &&
                nn_requant_multiplier(input, filter, op->output.scale, &multiplier);
    args->multiplier = multiplier.multiplier;
    args->shift = multiplier.shift;
    return fits;
}

static bool shapes_fit(const nn_op_t *op, nn_dense_args_t *args)
{
    const nn_operand_t *filter = &op->operands[FILTER], *output = &op->output;
    if (filter->rank != 2 || output->rank < 1) {
        return false;
    }
    args->outputs = filter->dims[0];
    args->inputs = filter->dims[1];
    args->batches = (int32_t)(output->elements / (uint32_t)args->outputs);
    return output->dims[output->rank - 1] == args->outputs &&
           op->operands[INPUT].elements == (uint64_t)args->batches * (uint32_t)args->inputs;
}

/* A convolution of one column with windows of one pixel. */
static ev_status_t prepare_wide(nn_op_t *op)
{
    nn_dense_args_t shape = {.batches = 0};
    bool bias_typed = op->operand_count <= BIAS || op->operands[BIAS].type != EV_INT16;
    bool per_channel = op->operands[FILTER].scales.count > 1;
    bool fits = bias_typed && shapes_fit(op, &shape) && nn_op_option(op, WEIGHTS_FORMAT, 1, 0) == 0 &&
                nn_op_is_int16(&op->output) &&
                (per_channel || bias_scale_fits(op, op->operands[INPUT].scale * op->operands[FILTER].scale)) &&
                nn_wide_fits(op, CHANNEL_AXIS, shape.outputs, nn_op_option(op, ACTIVATION, 1, NN_ACT_NONE),
                             BIAS_TYPE);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    nn_window_t window = {
        .batches = 1,
        .in_h = shape.batches,
        .in_w = 1,
        .in_c = shape.inputs,
        .out_h = shape.batches,
        .out_w = 1,
        .out_c = shape.outputs,
        .filter_h = 1,
        .filter_w = 1,
        .stride_h = 1,
        .stride_w = 1,
        .dilation_h = 1,
        .dilation_w = 1,
    };
    op->args.wide.window = window;
    op->work = (uint64_t)op->output.elements * (uint32_t)shape.inputs;
    return EV_OK;
}

static ev_status_t prepare(nn_op_t *op)
{
    if (nn_wide_is(op)) {
        return prepare_wide(op);
    }
    nn_dense_args_t *args = &op->args.dense;
    bool per_channel = op->operands[FILTER].scales.count > 1;
    bool fits = nn_op_is_int8(&op->operands[INPUT]) && nn_op_is_int8(&op->output) && shapes_fit(op, args) &&
                nn_channels_fit(op, CHANNEL_AXIS, args->outputs) && (per_channel || one_scale(op, args)) &&
                nn_op_option(op, WEIGHTS_FORMAT, 1, 0) == 0 &&
                nn_activation_range(nn_op_option(op, ACTIVATION, 1, NN_ACT_NONE), op->output.scale,
                                    op->output.zero_point, &args->range.low, &args->range.high);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->input = (const int8_t *)op->operands[INPUT].data;
    args->filter = (const int8_t *)op->operands[FILTER].data;
    args->bias = nn_channels_bias(op);
    args->output = (int8_t *)op->output.data;
    args->input_zero_point = op->operands[INPUT].zero_point;
    args->range.zero_point = op->output.zero_point;
    args->scales = nn_channels_scales(op);
    args->source = nn_channels_source(op);
    args->channels = per_channel ? (nn_channel_t *)(void *)op->scratch : NULL;
    op->work = (uint64_t)op->output.elements * (uint32_t)args->inputs;
    return EV_OK;
}

static ev_status_t check(const nn_op_t *op)
{
    if (nn_wide_is(op)) {
        return nn_wide_check(op);
    }
    return op->args.dense.channels ? nn_channels_check(op, op->args.dense.outputs) : EV_OK;
}

static uint32_t scratch(const nn_op_t *op)
{
    if (nn_wide_is(op)) {
        return nn_wide_scratch(op);
    }
    const nn_dense_args_t *args = &op->args.dense;
    return args->channels ? (uint32_t)args->outputs * (uint32_t)sizeof(nn_channel_t) : 0;
}

static void run(const nn_kernel_args_t *all)
{
    const nn_dense_args_t *args = &all->dense;
    if (args->channels) {
        nn_channels_fill(&args->source, args->scales, args->bias, args->channels, args->outputs);
    }
    nn_dense_s8(args);
}

static void eval_s16(const nn_op_t *op)
{
    nn_wide_fill(op);
    nn_conv_s16(&op->args.wide);
}

const nn_op_kind_t nn_op_fully_connected = {
    .code = NN_OP_FULLY_CONNECTED,
    .options_type = DENSE_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 3,
    .prepare = prepare,
    .check = check,
    .scratch_bytes = scratch,
    .run = run,
    NN_KEPT_ARGS(nn_dense_args_t, batches, source),
    .eval = eval_s16,
};
