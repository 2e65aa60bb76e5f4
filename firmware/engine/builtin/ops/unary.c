/* Operators of one input that work element by element: RELU, RELU6, LOGISTIC, QUANTIZE, DEQUANTIZE. */
#include "activation.h"
#include "convert.h"
#include "kernels/quant.h"

enum { CURVE_INTEGER_BITS = 4 };

static bool set_tensors(const nn_op_t *op, nn_unary_args_t *args)
{
    const nn_operand_t *input = &op->operands[0];
    args->input = input->data;
    args->output = op->output.data;
    args->count = input->elements;
    args->input_type = input->type;
    args->output_type = op->output.type;
    args->input_zero_point = input->zero_point;
    args->range.zero_point = op->output.zero_point;
    args->range.low = INT8_MIN;
    args->range.high = INT8_MAX;
    return input->elements == op->output.elements;
}

static bool set_multiplier(nn_unary_args_t *args, float numerator, float denominator)
{
    nn_multiplier_t multiplier;
    bool fits = nn_requant_multiplier(numerator, 1.0f, denominator, &multiplier);
    if (fits) {
        args->multiplier = multiplier.multiplier;
        args->shift = multiplier.shift;
    }
    return fits;
}

static ev_status_t prepare_relu(nn_op_t *op)
{
    if (nn_convert_is(op)) {
        return nn_convert_relu(op);
    }
    nn_unary_args_t *args = &op->args.unary;
    const nn_operand_t *input = &op->operands[0];
    bool fits = set_tensors(op, args) && nn_op_is_int8(input) && nn_op_is_int8(&op->output) &&
                set_multiplier(args, input->scale, op->output.scale);
    args->range.low = op->output.zero_point;
    return fits ? EV_OK : EV_ERR_OPTION;
}

/* Like the reference, this clamps in the input's quantization and does not rescale. */
static ev_status_t prepare_relu6(nn_op_t *op)
{
    if (nn_convert_is(op)) {
        return nn_convert_relu6(op);
    }
    nn_unary_args_t *args = &op->args.unary;
    const nn_operand_t *input = &op->operands[0];
    bool fits = set_tensors(op, args) && nn_op_is_int8(input) && nn_op_is_int8(&op->output) &&
                nn_activation_range(NN_ACT_RELU6, input->scale, input->zero_point, &args->range.low,
                                    &args->range.high);
    return fits ? EV_OK : EV_ERR_OPTION;
}

bool nn_curve_s8_fits(const nn_op_t *op, nn_unary_args_t *args)
{
    const nn_operand_t *input = &op->operands[0];
    const int32_t fraction_bits = 31 - CURVE_INTEGER_BITS;
    nn_multiplier_t multiplier;
    bool fits = set_tensors(op, args) && nn_op_is_int8(input) && nn_op_is_int8(&op->output) &&
                nn_multiplier(input->scale, 1.0f, 1.0f, fraction_bits, &multiplier) && multiplier.shift >= 0 &&
                multiplier.multiplier > 0; /* the reference shifts by a negative number where it would be 0 */
    if (!fits) {
        return false;
    }
    args->multiplier = multiplier.multiplier;
    args->shift = multiplier.shift < 31 ? multiplier.shift : 31; /* from there on every input saturates */
    args->radius = (int32_t)(((int64_t)((1 << CURVE_INTEGER_BITS) - 1) << fraction_bits) >> args->shift);
    return true;
}

static ev_status_t prepare_logistic(nn_op_t *op)
{
    op->needs_eval = op->operands[0].type == EV_INT16;
    bool fits = op->operands[0].type == EV_INT16
                    ? nn_curve_s16_fits(op, 0, &op->args.curve_s16)
                    : nn_curve_s8_fits(op, &op->args.unary) && op->output.zero_point == INT8_MIN;
    return fits ? EV_OK : EV_ERR_OPTION;
}

static bool is_quantized(const nn_operand_t *operand)
{
    const int32_t type = operand->type;
    return (type == EV_INT8 || type == EV_UINT8 || type == EV_INT16) && operand->scale > 0.0f;
}

static ev_status_t prepare_quantize(nn_op_t *op)
{
    if (nn_convert_is(op)) {
        return nn_convert_quantize(op);
    }
    nn_unary_args_t *args = &op->args.unary;
    const nn_operand_t *input = &op->operands[0], *output = &op->output;
    bool from_float = input->type == EV_FLOAT32 && output->type != EV_UINT8;
    bool between = is_quantized(input) && (input->type == EV_INT8 || output->type == EV_INT8) &&
                   set_multiplier(args, input->scale, output->scale);
    bool fits = set_tensors(op, args) && is_quantized(output) && output->scales.count == 1 && (from_float || between);
    args->scale = output->scale;
    op->needs_eval = output->type == EV_INT16;
    return fits ? EV_OK : EV_ERR_OPTION;
}

static ev_status_t prepare_dequantize(nn_op_t *op)
{
    nn_unary_args_t *args = &op->args.unary;
    args->scale = op->operands[0].scale;
    op->needs_eval = op->operands[0].type == EV_INT16;
    return set_tensors(op, args) && is_quantized(&op->operands[0]) && op->output.type == EV_FLOAT32 ? EV_OK
                                                                                                    : EV_ERR_OPTION;
}

static void run_rescale(const nn_kernel_args_t *args)
{
    nn_rescale_s8(&args->unary);
}

static void run_clamp(const nn_kernel_args_t *args)
{
    nn_clamp_copy_s8(&args->unary);
}

static void run_logistic(const nn_kernel_args_t *args)
{
    nn_logistic_s8(&args->unary);
}

static void run_quantize(const nn_kernel_args_t *all)
{
    const nn_unary_args_t *args = &all->unary;
    if (args->input_type == EV_FLOAT32) {
        nn_quantize_f32(args);
    } else if (args->input_type == EV_UINT8) {
        nn_quantize_u8(args);
    } else if (args->output_type == EV_UINT8) {
        nn_quantize_to_u8(args);
    } else {
        nn_rescale_s8(args);
    }
}

static void run_dequantize(const nn_kernel_args_t *args)
{
    if (args->unary.input_type == EV_UINT8) {
        nn_dequantize_u8(&args->unary);
    } else {
        nn_dequantize_s8(&args->unary);
    }
}

static void eval_convert(const nn_op_t *op)
{
    nn_convert(&op->args.convert);
}

static void eval_logistic_s16(const nn_op_t *op)
{
    nn_logistic_s16(&op->args.curve_s16);
}

static void eval_quantize_s16(const nn_op_t *op)
{
    if (nn_convert_is(op)) {
        nn_convert(&op->args.convert);
    } else {
        nn_quantize_f32_to_s16(&op->args.unary);
    }
}

static void eval_dequantize_s16(const nn_op_t *op)
{
    nn_dequantize_s16(&op->args.unary);
}

const nn_op_kind_t nn_op_relu = {
    .code = NN_OP_RELU,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_relu,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_rescale,
    NN_KEPT_ARGS(nn_unary_args_t, count, radius),
    .eval = eval_convert,
};

const nn_op_kind_t nn_op_relu6 = {
    .code = NN_OP_RELU6,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_relu6,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_clamp,
    NN_KEPT_ARGS(nn_unary_args_t, count, radius),
    .eval = eval_convert,
};

const nn_op_kind_t nn_op_logistic = {
    .code = NN_OP_LOGISTIC,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_logistic,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_logistic,
    NN_KEPT_ARGS(nn_unary_args_t, count, radius),
    .eval = eval_logistic_s16,
};

const nn_op_kind_t nn_op_quantize = {
    .code = NN_OP_QUANTIZE,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_quantize,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_quantize,
    NN_KEPT_ARGS(nn_unary_args_t, count, radius),
    .eval = eval_quantize_s16,
};

const nn_op_kind_t nn_op_dequantize = {
    .code = NN_OP_DEQUANTIZE,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_dequantize,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_dequantize,
    NN_KEPT_ARGS(nn_unary_args_t, count, radius),
    .eval = eval_dequantize_s16,
};
