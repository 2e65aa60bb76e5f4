/* Operators of one input with a curve: HARD_SWISH, LEAKY_RELU, TANH; LOGISTIC of int16 too. */
#include "activation.h"

#include "kernels/quant.h"

enum { ALPHA = 0, LEAKY_RELU_OPTIONS = 75, HIRES_BITS = 7, MIN_SWISH_SHIFT = -15 };

/* To 16 bits, rounded; the largest saturates. */
static int32_t narrowed(int32_t multiplier)
{
    return multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX : (multiplier + (1 << 15)) >> 16;
}

static ev_status_t prepare_hard_swish(nn_op_t *op)
{
    nn_hard_swish_args_t *args = &op->args.hard_swish;
    const nn_operand_t *input = &op->operands[0];
    nn_multiplier_t scaled, gate;
    bool fits = nn_op_is_int8(input) && nn_op_is_int8(&op->output) && input->elements == op->output.elements &&
                nn_multiplier(input->scale, 1.0f, op->output.scale, -HIRES_BITS, &scaled) && scaled.shift <= 0 &&
                scaled.shift >= MIN_SWISH_SHIFT && scaled.multiplier > 0 &&
                nn_multiplier(input->scale, 1.0f, 3.0f, 15 - HIRES_BITS, &gate) && gate.shift >= MIN_SWISH_SHIFT &&
                gate.shift <= NN_MAX_REQUANT_SHIFT && gate.multiplier > 0;
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->input = (const int8_t *)input->data;
    args->output = (int8_t *)op->output.data;
    args->count = input->elements;
    args->input_zero_point = input->zero_point;
    args->output_zero_point = op->output.zero_point;
    args->multiplier = narrowed(scaled.multiplier);
    args->shift = scaled.shift;
    args->gate_multiplier = narrowed(gate.multiplier);
    args->gate_shift = gate.shift;
    return EV_OK;
}

static void eval_hard_swish(const nn_op_t *op)
{
    nn_hard_swish_s8(&op->args.hard_swish);
}

/* A slope of zero has no multiplier. */
static bool set_slope(nn_leaky_relu_args_t *args, float input, float alpha, float output)
{
    nn_multiplier_t slope = {0, 0};
    bool fits = alpha == 0.0f || nn_requant_multiplier(input, alpha < 0.0f ? -alpha : alpha, output, &slope);
    args->slope_multiplier = slope.multiplier;
    args->slope_shift = slope.shift;
    args->slope_sign = alpha < 0.0f ? -1 : 1;
    return fits;
}

static ev_status_t prepare_leaky_relu(nn_op_t *op)
{
    nn_leaky_relu_args_t *args = &op->args.leaky_relu;
    const nn_operand_t *input = &op->operands[0], *output = &op->output;
    nn_view_t view = nn_model_view(op->model);
    const float alpha = nn_view_f32(&view, op->options, ALPHA, 0.0f);
    const bool typed = (nn_op_is_int8(input) && nn_op_is_int8(output)) ||
                       (nn_op_is_int16(input) && nn_op_is_int16(output));
    nn_multiplier_t multiplier;
    bool fits = view.status == EV_OK && typed && input->elements == output->elements &&
                nn_requant_multiplier(input->scale, 1.0f, output->scale, &multiplier) &&
                set_slope(args, input->scale, alpha, output->scale);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->input = input->data;
    args->output = output->data;
    args->count = input->elements;
    args->input_zero_point = input->zero_point;
    args->output_zero_point = output->zero_point;
    args->multiplier = multiplier.multiplier;
    args->shift = multiplier.shift;
    return EV_OK;
}

static void eval_leaky_relu(const nn_op_t *op)
{
    if (op->operands[0].type == EV_INT8) {
        nn_leaky_relu_s8(&op->args.leaky_relu);
    } else {
        nn_leaky_relu_s16(&op->args.leaky_relu);
    }
}

/* Whether the ratio is 1 to the reference, which compares logarithms to base two with a tolerance of 0.001. False in
 * `*sure` within a hair of the limit, where it would depend on the rounding of a logarithm. */
static bool is_one(float ratio, bool *sure)
{
    const bool inside = ratio > 0.99932f && ratio < 1.00068f;
    *sure = inside || ratio < 0.99929f || ratio > 1.00071f;
    return inside;
}

/* Three times `units`, with 12 fraction bits. A float from 2^11 on has no more. */
static uint32_t three_times(float units)
{
    return 3u * (uint32_t)(units * 4096.0f);
}

/* The knots of the table are 1/24 apart, so three times the value is wanted, in units of 2^-12: as a multiplier in
 * (2^14, 2^15) and a shift, or exactly where the scale is such a unit. */
bool nn_curve_s16_scale(float scale, int32_t largest_exact_shift, int32_t *multiplier, int32_t *shift)
{
    const uint32_t half_of_largest = 67106816u; /* 32767 / 2, with 12 fraction bits */
    float units = scale * 4096.0f;
    bool sure = true, sure_twice = true;
    const bool one = is_one(units, &sure), two = is_one(units / 2.0f, &sure_twice) && largest_exact_shift == 1;
    *shift = 0;
    if (one || two) {
        *multiplier = one ? 3 : 6;
        return true;
    }
    if (!sure || !sure_twice || !(units < 10922.0f)) {
        return false;
    }
    for (; *shift <= NN_MAX_REQUANT_SHIFT && (units < 2048.0f || three_times(units) <= half_of_largest); (*shift)++) {
        units *= 2.0f;
    }
    *multiplier = (int32_t)(three_times(units) >> 12);
    return *shift <= NN_MAX_REQUANT_SHIFT;
}

bool nn_curve_s16_fits(const nn_op_t *op, int32_t largest_exact_shift, nn_curve_s16_args_t *args)
{
    const nn_operand_t *input = &op->operands[0];
    bool sure = false;
    args->input = (const int16_t *)(const void *)input->data;
    args->output = (int16_t *)(void *)op->output.data;
    args->count = input->elements;
    return nn_op_is_int16(input) && nn_op_is_int16(&op->output) && input->elements == op->output.elements &&
           is_one(op->output.scale * 32768.0f, &sure) && sure &&
           nn_curve_s16_scale(input->scale, largest_exact_shift, &args->multiplier, &args->shift);
}

static ev_status_t prepare_tanh(nn_op_t *op)
{
    bool fits = op->operands[0].type == EV_INT16 ? nn_curve_s16_fits(op, 1, &op->args.curve_s16)
                                                 : nn_curve_s8_fits(op, &op->args.unary);
    return fits ? EV_OK : EV_ERR_OPTION;
}

static void eval_tanh(const nn_op_t *op)
{
    if (op->operands[0].type == EV_INT16) {
        nn_tanh_s16(&op->args.curve_s16);
    } else {
        nn_tanh_s8(&op->args.unary);
    }
}

const nn_op_kind_t nn_op_hard_swish = {
    .code = NN_OP_HARD_SWISH,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_hard_swish,
    .overwrite_gap = nn_op_elementwise_gap,
    .eval = eval_hard_swish,
};

const nn_op_kind_t nn_op_leaky_relu = {
    .code = NN_OP_LEAKY_RELU,
    .options_type = LEAKY_RELU_OPTIONS,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_leaky_relu,
    .overwrite_gap = nn_op_elementwise_gap,
    .eval = eval_leaky_relu,
};

const nn_op_kind_t nn_op_tanh = {
    .code = NN_OP_TANH,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_tanh,
    .overwrite_gap = nn_op_elementwise_gap,
    .eval = eval_tanh,
};
