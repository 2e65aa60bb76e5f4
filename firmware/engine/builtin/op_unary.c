/* Operators of one input that work element by element: RELU, RELU6, LOGISTIC, QUANTIZE, DEQUANTIZE. */
#include "ops.h"
#include "quant.h"

enum { LOGISTIC_INTEGER_BITS = 4 };

static bool set_tensors(ev_op_t *op)
{
    ev_unary_args_t *args = &op->args.unary;
    const ev_operand_t *input = &op->operands[0];
    args->input = input->data;
    args->output = op->output.data;
    args->count = input->elements;
    args->input_zero_point = input->zero_point;
    args->range.zero_point = op->output.zero_point;
    args->range.low = INT8_MIN;
    args->range.high = INT8_MAX;
    return input->elements == op->output.elements;
}

static bool set_multiplier(ev_unary_args_t *args, float numerator, float denominator)
{
    ev_multiplier_t multiplier;
    bool fits = ev_requant_multiplier(numerator, 1.0f, denominator, &multiplier);
    if (fits) {
        args->multiplier = multiplier.multiplier;
        args->shift = multiplier.shift;
    }
    return fits;
}

/* The reference divides the scales in single precision here, in double for QUANTIZE. */
static ev_status_t prepare_relu(ev_op_t *op)
{
    ev_unary_args_t *args = &op->args.unary;
    const ev_operand_t *input = &op->operands[0];
    bool fits = set_tensors(op) && ev_op_is_int8(input) && ev_op_is_int8(&op->output) &&
                set_multiplier(args, input->scale / op->output.scale, 1.0f);
    args->range.low = op->output.zero_point;
    return fits ? EV_OK : EV_ERR_OPTION;
}

/* The reference clamps in the input's quantization and does not rescale. */
static ev_status_t prepare_relu6(ev_op_t *op)
{
    ev_unary_args_t *args = &op->args.unary;
    const ev_operand_t *input = &op->operands[0];
    bool fits = set_tensors(op) && ev_op_is_int8(input) && ev_op_is_int8(&op->output) &&
                ev_activation_range(EV_ACT_RELU6, input->scale, input->zero_point, &args->range.low,
                                    &args->range.high);
    return fits ? EV_OK : EV_ERR_OPTION;
}

static ev_status_t prepare_logistic(ev_op_t *op)
{
    ev_unary_args_t *args = &op->args.unary;
    const ev_operand_t *input = &op->operands[0];
    const int32_t fraction_bits = 31 - LOGISTIC_INTEGER_BITS;
    ev_multiplier_t multiplier;
    bool fits = set_tensors(op) && ev_op_is_int8(input) && ev_op_is_int8(&op->output) &&
                op->output.zero_point == INT8_MIN &&
                ev_multiplier(input->scale, 1.0f, 1.0f, fraction_bits, &multiplier) && multiplier.shift >= 0;
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->multiplier = multiplier.multiplier;
    args->shift = multiplier.shift < 31 ? multiplier.shift : 31; /* from there on every input saturates */
    args->radius = (int32_t)(((int64_t)((1 << LOGISTIC_INTEGER_BITS) - 1) << fraction_bits) >> args->shift);
    return EV_OK;
}

static bool is_quantized(const ev_operand_t *operand)
{
    return (operand->type == EV_INT8 || operand->type == EV_UINT8) && operand->scale > 0.0f;
}

static ev_status_t prepare_quantize(ev_op_t *op)
{
    ev_unary_args_t *args = &op->args.unary;
    const ev_operand_t *input = &op->operands[0], *output = &op->output;
    bool from_float = input->type == EV_FLOAT32 && output->type == EV_INT8;
    bool between = is_quantized(input) && (input->type == EV_INT8 || output->type == EV_INT8) &&
                   set_multiplier(args, input->scale, output->scale);
    bool fits = set_tensors(op) && is_quantized(output) && output->scales.count == 1 && (from_float || between);
    args->scale = output->scale;
    return fits ? EV_OK : EV_ERR_OPTION;
}

static ev_status_t prepare_dequantize(ev_op_t *op)
{
    op->args.unary.scale = op->operands[0].scale;
    return set_tensors(op) && is_quantized(&op->operands[0]) && op->output.type == EV_FLOAT32 ? EV_OK
                                                                                             : EV_ERR_OPTION;
}

static void eval_rescale(const ev_op_t *op)
{
    ev_rescale_s8(&op->args.unary);
}

static void eval_clamp(const ev_op_t *op)
{
    ev_clamp_copy_s8(&op->args.unary);
}

static void eval_logistic(const ev_op_t *op)
{
    ev_logistic_s8(&op->args.unary);
}

static void eval_quantize(const ev_op_t *op)
{
    const ev_unary_args_t *args = &op->args.unary;
    if (op->operands[0].type == EV_FLOAT32) {
        ev_quantize_f32(args);
    } else if (op->operands[0].type == EV_UINT8) {
        ev_quantize_u8(args);
    } else if (op->output.type == EV_UINT8) {
        ev_quantize_to_u8(args);
    } else {
        ev_rescale_s8(args);
    }
}

static void eval_dequantize(const ev_op_t *op)
{
    if (op->operands[0].type == EV_UINT8) {
        ev_dequantize_u8(&op->args.unary);
    } else {
        ev_dequantize_s8(&op->args.unary);
    }
}

const ev_op_kind_t ev_op_relu = {
    .code = EV_OP_RELU, .min_inputs = 1, .max_inputs = 1,
    .prepare = prepare_relu, .overwrite_gap = ev_op_elementwise_gap, .eval = eval_rescale,
};

const ev_op_kind_t ev_op_relu6 = {
    .code = EV_OP_RELU6, .min_inputs = 1, .max_inputs = 1,
    .prepare = prepare_relu6, .overwrite_gap = ev_op_elementwise_gap, .eval = eval_clamp,
};

const ev_op_kind_t ev_op_logistic = {
    .code = EV_OP_LOGISTIC, .min_inputs = 1, .max_inputs = 1,
    .prepare = prepare_logistic, .overwrite_gap = ev_op_elementwise_gap, .eval = eval_logistic,
};

const ev_op_kind_t ev_op_quantize = {
    .code = EV_OP_QUANTIZE, .min_inputs = 1, .max_inputs = 1,
    .prepare = prepare_quantize, .overwrite_gap = ev_op_elementwise_gap, .eval = eval_quantize,
};

const ev_op_kind_t ev_op_dequantize = {
    .code = EV_OP_DEQUANTIZE, .min_inputs = 1, .max_inputs = 1,
    .prepare = prepare_dequantize, .overwrite_gap = ev_op_elementwise_gap, .eval = eval_dequantize,
};
