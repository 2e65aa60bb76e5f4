/* LOG_SOFTMAX over the last dimension. */
#include "kernels/quant.h"
#include "ops.h"

enum { DIFFERENCE_INTEGER_BITS = 5, MAX_DEPTH = 4095 /* the sum of exponentials has 12 integer bits */ };

/* The multiplier of differences to fixed point with 5 integer bits, and its inverse. */
static bool set_multipliers(nn_log_softmax_args_t *args, float scale)
{
    nn_multiplier_t multiplier;
    const int32_t fraction_bits = 31 - DIFFERENCE_INTEGER_BITS;
    const int64_t largest = (int64_t)((1 << DIFFERENCE_INTEGER_BITS) - 1) << fraction_bits;
    if (!nn_multiplier(scale, 1.0f, 1.0f, fraction_bits, &multiplier) || multiplier.shift < 2 ||
        multiplier.shift > NN_MAX_REQUANT_SHIFT) {
        return false;
    }
    const bool power_of_two = multiplier.multiplier == 1 << 30;
    const uint32_t divisor = (uint32_t)multiplier.multiplier;
    args->multiplier = multiplier.multiplier;
    args->shift = multiplier.shift;
    args->difference_min = -(int32_t)(largest >> multiplier.shift);
    args->inverse = power_of_two ? 1 << 30 : (int32_t)((((uint64_t)1 << 61) + divisor / 2) / divisor);
    args->inverse_shift = (power_of_two ? 2 : 1) - multiplier.shift;
    return true;
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_log_softmax_args_t *args = &op->args.log_softmax;
    const nn_operand_t *input = &op->operands[0];
    bool fits = nn_op_is_int8(input) && nn_op_is_int8(&op->output) && input->rank >= 1 &&
                nn_op_same_shape(input, &op->output) && op->output.scale == 16.0f / 256.0f &&
                op->output.zero_point == INT8_MAX && input->dims[input->rank - 1] <= MAX_DEPTH &&
                set_multipliers(args, input->scale);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->input = (const int8_t *)input->data;
    args->output = (int8_t *)op->output.data;
    args->depth = input->dims[input->rank - 1];
    args->rows = (int32_t)input->elements / args->depth;
    return EV_OK;
}

static void eval(const nn_op_t *op)
{
    nn_log_softmax_s8(&op->args.log_softmax);
}

const nn_op_kind_t nn_op_log_softmax = {
    .code = NN_OP_LOG_SOFTMAX,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare,
    .overwrite_gap = nn_op_elementwise_gap,
    .eval = eval,
};
