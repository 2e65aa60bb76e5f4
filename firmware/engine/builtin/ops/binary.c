/* ADD, SUB and MUL, with broadcasting. */
#include "kernels/pairs.h"
#include "kernels/quant.h"
#include "ops/shared/broadcast.h"

enum { ACTIVATION = 0, ADD_OPTIONS = 11, MUL_OPTIONS = 21, SUB_OPTIONS = 28 };
enum { HEADROOM_BITS = 20, HEADROOM_BITS_S16 = 15 };

static int32_t headroom_bits(const nn_op_t *op)
{
    return op->output.type == EV_INT16 ? HEADROOM_BITS_S16 : HEADROOM_BITS;
}

/* int8, or int16 without a kernel of its own. */
static ev_status_t prepare(nn_op_t *op)
{
    const int32_t activation = nn_op_option(op, ACTIVATION, 1, NN_ACT_NONE);
    const int32_t type = op->output.type;
    nn_range_t *range = &op->args.pair.two.range;
    bool fits = nn_pair_fits(op) && op->operands[0].type == type && op->operands[1].type == type;
    if (type == EV_INT16) {
        fits = fits && nn_activation_range_s16(activation, op->output.scale, &range->low, &range->high);
    } else {
        fits = fits &&
               nn_activation_range(activation, op->output.scale, op->output.zero_point, &range->low, &range->high);
    }
    op->args.pair.headroom_bits = headroom_bits(op);
    op->needs_eval = type == EV_INT16;
    return fits ? EV_OK : EV_ERR_OPTION;
}

static bool set_multipliers(nn_binary_args_t *args, const nn_multiplier_t *a, const nn_multiplier_t *b,
                            const nn_multiplier_t *output)
{
    args->multiplier_a = a->multiplier;
    args->shift_a = a->shift;
    args->multiplier_b = b->multiplier;
    args->shift_b = b->shift;
    args->multiplier = output->multiplier;
    args->shift = output->shift;
    return a->shift <= 0 && b->shift <= 0 && output->shift <= 0;
}

/* Both inputs are brought to a common scale, twice the larger one, with 20 bits of headroom, int16 with 15. */
static ev_status_t prepare_sum(nn_op_t *op, int32_t sign)
{
    float a = op->operands[0].scale, b = op->operands[1].scale, largest = a > b ? a : b;
    nn_multiplier_t ma, mb, mo;
    ev_status_t status = prepare(op);
    bool fits = status == EV_OK && nn_multiplier(a, 1.0f, largest, -1, &ma) &&
                nn_multiplier(b, 1.0f, largest, -1, &mb) &&
                nn_multiplier(largest, 1.0f, op->output.scale, 1 - headroom_bits(op), &mo) &&
                set_multipliers(&op->args.binary, &ma, &mb, &mo);
    op->args.binary.sign = sign;
    op->args.pair.value = nn_pair_add;
    return fits ? EV_OK : EV_ERR_OPTION;
}

static ev_status_t prepare_add(nn_op_t *op)
{
    return prepare_sum(op, 1);
}

static ev_status_t prepare_sub(nn_op_t *op)
{
    return prepare_sum(op, -1);
}

static ev_status_t prepare_mul(nn_op_t *op)
{
    nn_multiplier_t multiplier;
    ev_status_t status = prepare(op);
    bool fits = status == EV_OK &&
                nn_requant_multiplier(op->operands[0].scale, op->operands[1].scale, op->output.scale, &multiplier);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    op->args.binary.multiplier = multiplier.multiplier;
    op->args.binary.shift = multiplier.shift;
    op->args.pair.value = nn_pair_mul;
    return EV_OK;
}

static void run_add(const nn_kernel_args_t *args)
{
    nn_add_s8(&args->binary);
}

static void run_mul(const nn_kernel_args_t *args)
{
    nn_mul_s8(&args->binary);
}

static void eval_s16(const nn_op_t *op)
{
    nn_pairs(&op->args.pair);
}

const nn_op_kind_t nn_op_add = {
    .code = NN_OP_ADD,
    .options_type = ADD_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_add,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_add,
    NN_KEPT_ARGS(nn_binary_args_t, loops, range),
    .eval = eval_s16,
};

const nn_op_kind_t nn_op_sub = {
    .code = NN_OP_SUB,
    .options_type = SUB_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_sub,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_add,
    NN_KEPT_ARGS(nn_binary_args_t, loops, range),
    .eval = eval_s16,
};

const nn_op_kind_t nn_op_mul = {
    .code = NN_OP_MUL,
    .options_type = MUL_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_mul,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_mul,
    NN_KEPT_ARGS(nn_binary_args_t, loops, range),
    .eval = eval_s16,
};
