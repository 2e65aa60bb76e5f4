/* PRELU, MAXIMUM and MINIMUM: operators of two inputs without a kernel of their own. */
#include "kernels/pairs.h"
#include "kernels/quant.h"
#include "ops/shared/broadcast.h"

enum { INPUT = 0, SLOPE = 1, PRELU_MAX_RANK = 6 };

static bool set_multipliers(nn_binary_args_t *two, float input, float slope, float output)
{
    nn_multiplier_t positive, negative;
    bool fits = nn_requant_multiplier(input, 1.0f, output, &positive) &&
                nn_requant_multiplier(input, slope, output, &negative);
    if (fits) {
        two->multiplier_a = positive.multiplier;
        two->shift_a = positive.shift;
        two->multiplier = negative.multiplier;
        two->shift = negative.shift;
    }
    return fits;
}

/* The slope is int8 even where the input is int16. */
static ev_status_t prepare_prelu(nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[INPUT], *slope = &op->operands[SLOPE];
    bool fits = nn_pair_fits(op) && op->output.type == input->type && nn_op_is_int8(slope) &&
                nn_op_same_shape(input, &op->output) &&
                set_multipliers(&op->args.pair.two, input->scale, slope->scale, op->output.scale);
    op->args.pair.value = nn_pair_prelu;
    return fits ? EV_OK : EV_ERR_OPTION;
}

/* The reference compares the numbers as they are, whatever their scales. */
static ev_status_t prepare_extreme(nn_op_t *op)
{
    const int32_t type = op->output.type;
    bool fits = nn_pair_fits(op) && op->operands[0].type == type && op->operands[1].type == type;
    op->args.pair.value = op->code == NN_OP_MAXIMUM ? nn_pair_maximum : nn_pair_minimum;
    return fits ? EV_OK : EV_ERR_OPTION;
}

static void eval(const nn_op_t *op)
{
    nn_pairs(&op->args.pair);
}

const nn_op_kind_t nn_op_prelu = {
    .code = NN_OP_PRELU,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_prelu,
    .overwrite_gap = nn_op_elementwise_gap,
    .eval = eval,
};

const nn_op_kind_t nn_op_maximum = {
    .code = NN_OP_MAXIMUM,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_extreme,
    .overwrite_gap = nn_op_elementwise_gap,
    .eval = eval,
};

const nn_op_kind_t nn_op_minimum = {
    .code = NN_OP_MINIMUM,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_extreme,
    .overwrite_gap = nn_op_elementwise_gap,
    .eval = eval,
};
