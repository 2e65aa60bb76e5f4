#include "wide.h"

#include "kernels/quant.h"

enum { INPUT = 0, FILTER = 1, BIAS = 2, MAX_WIDE_SHIFT = 7 };

bool nn_wide_is(const nn_op_t *op)
{
    return op->operands[INPUT].type == EV_INT16;
}

static bool sums_are_wide(const nn_op_t *op, int32_t bias_type_field)
{
    if (op->operands[INPUT].type == EV_INT8) {
        return false;
    }
    if (op->operand_count > BIAS) {
        return op->operands[BIAS].type != EV_INT32;
    }
    return bias_type_field < 0 || nn_op_option(op, (uint32_t)bias_type_field, 1, EV_FLOAT32) != EV_INT32;
}

bool nn_wide_fits(nn_op_t *op, int32_t axis, int32_t outputs, int32_t activation, int32_t bias_type_field)
{
    nn_wide_args_t *args = &op->args.wide;
    const nn_operand_t *input = &op->operands[INPUT], *bias = &op->operands[BIAS], *output = &op->output;
    const bool has_wide_bias = op->operand_count > BIAS && bias->type == EV_INT64;
    args->input = input->data;
    args->filter = (const int8_t *)op->operands[FILTER].data;
    args->output = output->data;
    args->channels = (const nn_channel_t *)(const void *)op->scratch;
    args->outputs = outputs;
    args->wide_bias = has_wide_bias ? bias->data : NULL;
    args->wide_sums = sums_are_wide(op, bias_type_field);
    op->needs_eval = true;
    args->input_zero_point = input->zero_point;
    args->range.zero_point = output->zero_point;
    if (output->type != input->type || !nn_channels_fit(op, axis, outputs)) {
        return false;
    }
    if (nn_wide_is(op)) {
        return nn_op_is_int16(input) && !input->constant &&
               nn_op_is_int16(output) && /* a constant may not be aligned */
               nn_activation_range_s16(activation, output->scale, &args->range.low, &args->range.high);
    }
    return nn_op_is_int8(input) && nn_op_is_int8(output) &&
           nn_activation_range(activation, output->scale, output->zero_point, &args->range.low, &args->range.high);
}

ev_status_t nn_wide_check(const nn_op_t *op)
{
    const int32_t limit = op->args.wide.wide_sums ? MAX_WIDE_SHIFT : NN_MAX_REQUANT_SHIFT;
    return nn_channels_check_limit(op, op->args.wide.outputs, limit);
}

uint32_t nn_wide_scratch(const nn_op_t *op)
{
    return (uint32_t)op->args.wide.outputs * (uint32_t)sizeof(nn_channel_t);
}

int32_t nn_wide_gap(const nn_op_t *op)
{
    const int32_t gap = nn_window_gap(&op->args.wide.window); /* elements */
    return gap == NN_NO_OVERWRITE ? gap : gap * (int32_t)sizeof(int16_t);
}

void nn_wide_fill(const nn_op_t *op)
{
    const nn_channel_source_t source = nn_channels_source(op);
    const uint8_t *bias = nn_channels_bias(op);
    const int32_t type = bias ? op->operands[BIAS].type : EV_INT32;
    nn_channel_t *channels = (nn_channel_t *)(void *)op->scratch;
    nn_channels_fill(&source, nn_channels_scales(op), type == EV_INT32 ? bias : NULL, channels,
                     op->args.wide.outputs);
    for (int32_t i = 0; type == EV_INT16 && i < op->args.wide.outputs; i++) {
        channels[i].bias = nn_load_i16(bias + 2 * i);
    }
}
