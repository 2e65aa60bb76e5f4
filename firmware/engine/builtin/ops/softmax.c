/* SOFTMAX over the last dimension. */
#include "kernels/quant.h"
#include "ops.h"

enum { BETA = 0, SOFTMAX_OPTIONS = 9, DIFFERENCE_INTEGER_BITS = 5 };

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

static ev_status_t prepare(nn_op_t *op)
{
    nn_softmax_args_t *args = &op->args.softmax;
    const nn_operand_t *input = &op->operands[0];
    nn_view_t view = nn_model_view(op->model);
    bool fits = nn_op_is_int8(input) && nn_op_is_int8(&op->output) && input->rank >= 1 &&
                nn_op_same_shape(input, &op->output) && op->output.scale == 1.0f / 256.0f &&
                op->output.zero_point == INT8_MIN &&
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

const nn_op_kind_t nn_op_softmax = {
    .code = NN_OP_SOFTMAX,
    .options_type = SOFTMAX_OPTIONS,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run,
    NN_KEPT_ARGS(nn_softmax_args_t, rows, difference_min),
};
