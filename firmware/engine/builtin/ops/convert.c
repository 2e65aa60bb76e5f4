#include "convert.h"

#include "kernels/quant.h"

static bool is_wide(int32_t type)
{
    return type == EV_INT16 || type == EV_INT32;
}

bool nn_convert_is(const nn_op_t *op)
{
    const int32_t from = op->operands[0].type;
    return is_wide(from) || (from != EV_FLOAT32 && is_wide(op->output.type));
}

static nn_element_t element_of(int32_t type)
{
    switch (type) {
    case EV_INT8:
        return NN_S8;
    case EV_UINT8:
        return NN_U8;
    case EV_INT16:
        return NN_S16;
    default:
        return NN_S32;
    }
}

/* The arguments without the multiplier, for outputs of the whole range of their type. */
static bool set_tensors(nn_op_t *op)
{
    nn_convert_args_t *args = &op->args.convert;
    const nn_operand_t *input = &op->operands[0], *output = &op->output;
    const int32_t lowest[] = {[NN_S8] = INT8_MIN, [NN_U8] = 0, [NN_S16] = INT16_MIN, [NN_S32] = INT32_MIN};
    const int32_t highest[] = {[NN_S8] = INT8_MAX, [NN_U8] = UINT8_MAX, [NN_S16] = INT16_MAX, [NN_S32] = INT32_MAX};
    args->input = input->data;
    args->output = output->data;
    args->count = input->elements;
    args->from = element_of(input->type);
    args->to = element_of(output->type);
    args->input_zero_point = input->zero_point;
    args->range.zero_point = output->zero_point;
    args->range.low = lowest[args->to];
    args->range.high = highest[args->to];
    op->needs_eval = true;
    return input->elements == output->elements && input->scale > 0.0f && output->scales.count == 1;
}

static bool set_multiplier(nn_op_t *op)
{
    nn_multiplier_t multiplier;
    bool fits = nn_requant_multiplier(op->operands[0].scale, 1.0f, op->output.scale, &multiplier);
    if (fits) {
        op->args.convert.multiplier = multiplier.multiplier;
        op->args.convert.shift = multiplier.shift;
    }
    return fits;
}

static bool is_pair(int32_t from, int32_t to)
{
    const bool is_narrow = to == EV_INT8 || to == EV_INT16;
    return from == EV_INT32 ? is_narrow : (from == EV_INT16 || from == EV_INT8) && (is_narrow || to == EV_INT32);
}

ev_status_t nn_convert_quantize(nn_op_t *op)
{
    bool fits = is_pair(op->operands[0].type, op->output.type) && set_tensors(op) && set_multiplier(op);
    return fits ? EV_OK : EV_ERR_OPTION;
}

static bool is_int16(const nn_op_t *op)
{
    return nn_op_is_int16(&op->operands[0]) && nn_op_is_int16(&op->output);
}

ev_status_t nn_convert_relu(nn_op_t *op)
{
    bool fits = is_int16(op) && set_tensors(op) && set_multiplier(op);
    op->args.convert.range.low = 0;
    return fits ? EV_OK : EV_ERR_OPTION;
}

/* Like the reference, this clamps in the input's quantization and does not rescale: the multiplier is one. */
ev_status_t nn_convert_relu6(nn_op_t *op)
{
    nn_convert_args_t *args = &op->args.convert;
    bool fits = is_int16(op) && set_tensors(op) &&
                nn_activation_range_s16(NN_ACT_RELU6, op->operands[0].scale, &args->range.low, &args->range.high);
    args->multiplier = 1 << 30;
    args->shift = 1;
    return fits ? EV_OK : EV_ERR_OPTION;
}
