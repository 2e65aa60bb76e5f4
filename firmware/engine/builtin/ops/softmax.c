/* SOFTMAX over the last dimension. */
#include "kernels/quant.h"
#include "ops.h"

enum { BETA = 0, SOFTMAX_OPTIONS = 9, DIFFERENCE_INTEGER_BITS = 5 };
enum { MAX_S16_SHIFT = 14 /* so that no difference leaves 32 bits */ };

/* Multiplier of differences to fixed point with 5 integer bits. From a shift of 31 on, where the reference
 * saturates it, even a difference of one is out of range. */
static bool set_multiplier(nn_softmax_args_t *args, float beta, float scale)
{
    nn_multiplier_t multiplier;
    const int32_t fraction_bits = 31 - DIFFERENCE_INTEGER_BITS;
    const int64_t largest = (int64_t)((1 << DIFFERENCE_INTEGER_BITS) - 1) << fraction_bits;
    if (!nn_multiplier(beta, scale, 1.0f, fraction_bits, &multiplier) || multiplier.shift < 1) {
        return false;
    }
    args->multiplier = multiplier.multiplier;
    args->shift = multiplier.shift < 31 ? multiplier.shift : 31;
    args->difference_min = -(int32_t)(largest >> args->shift);
    return true;
}

static bool is_near(float value, float expected)
{
    const float difference = value - expected, tolerance = 0.001f * expected;
    return difference <= tolerance && difference >= -tolerance;
}

/* From 0 to 1, of int8 or int16. */
static bool output_fits(const nn_operand_t *output)
{
    if (output->type == EV_INT16) {
        return is_near(output->scale, 1.0f / 65536.0f) && output->zero_point == INT16_MIN;
    }
    return output->type == EV_INT8 && output->scale == 1.0f / 256.0f && output->zero_point == INT8_MIN;
}

/* Differences in units of 10 / 65535. The output is scratch for the exponentials, whose sum has 31 bits. */
static ev_status_t prepare_s16(nn_op_t *op)
{
    nn_softmax_s16_args_t *args = &op->args.softmax_s16;
    const nn_operand_t *input = &op->operands[0];
    nn_view_t view = nn_model_view(op->model);
    nn_multiplier_t multiplier;
    bool fits = nn_op_is_int16(input) && !input->constant && nn_op_is_int16(&op->output) && input->rank >= 1 &&
                nn_op_same_shape(input, &op->output) && is_near(op->output.scale, 1.0f / 32768.0f) &&
                nn_multiplier_by(input->scale, nn_view_f32(&view, op->options, BETA, 0.0f), 13107, -1, &multiplier) &&
                multiplier.shift <= MAX_S16_SHIFT && input->dims[input->rank - 1] <= UINT16_MAX;
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->input = (const int16_t *)(const void *)input->data;
    args->output = (int16_t *)(void *)op->output.data;
    args->depth = input->dims[input->rank - 1];
    args->rows = (int32_t)input->elements / args->depth;
    args->multiplier = multiplier.multiplier;
    args->shift = multiplier.shift;
    return EV_OK;
}

static ev_status_t prepare(nn_op_t *op)
{
    op->needs_eval = op->output.type == EV_INT16;
    if (op->operands[0].type == EV_INT16) {
        return prepare_s16(op);
    }
    nn_softmax_args_t *args = &op->args.softmax;
    const nn_operand_t *input = &op->operands[0];
    nn_view_t view = nn_model_view(op->model);
    bool fits = nn_op_is_int8(input) && input->rank >= 1 && nn_op_same_shape(input, &op->output) &&
                output_fits(&op->output) &&
                set_multiplier(args, nn_view_f32(&view, op->options, BETA, 0.0f), input->scale);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->input = (const int8_t *)input->data;
    args->output = (int8_t *)op->output.data;
    args->depth = input->dims[input->rank - 1];
    args->rows = (int32_t)input->elements / args->depth;
    return EV_OK;
}

static void run(const nn_kernel_args_t *args)
{
    nn_softmax_s8(&args->softmax);
}

static void eval_s16(const nn_op_t *op)
{
    if (op->operands[0].type == EV_INT16) {
        nn_softmax_s16(&op->args.softmax_s16);
    } else {
        nn_softmax_s8_s16(&op->args.softmax);
    }
}

const nn_op_kind_t nn_op_softmax = {
    .code = NN_OP_SOFTMAX,
    .options_type = SOFTMAX_OPTIONS,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run,
    NN_KEPT_ARGS(nn_softmax_args_t, rows, difference_min),
    .eval = eval_s16,
};
