/* ADD, SUB and MUL, with broadcasting. */
#include "kernels/quant.h"
#include "ops.h"

enum { ACTIVATION = 0, ADD_OPTIONS = 11, MUL_OPTIONS = 21, SUB_OPTIONS = 28, HEADROOM_BITS = 20 };

/* Size of dimension `axis`, counted from the innermost; 1 beyond the rank. */
static int32_t dimension(const nn_operand_t *operand, int32_t axis)
{
    return axis < operand->rank ? operand->dims[operand->rank - 1 - axis] : 1;
}

/* Appends a dimension. It is merged with the inner one if both inputs are contiguous across the two. */
static uint32_t append(nn_broadcast_t *loops, uint32_t used, int32_t count, int32_t stride_a, int32_t stride_b)
{
    uint32_t last = used - 1;
    if (used > 0 && stride_a == loops->stride_a[last] * loops->count[last] &&
        stride_b == loops->stride_b[last] * loops->count[last]) {
        loops->count[last] *= count;
        return used;
    }
    loops->count[used] = count;
    loops->stride_a[used] = stride_a;
    loops->stride_b[used] = stride_b;
    return used + 1;
}

static bool broadcast(const nn_operand_t *a, const nn_operand_t *b, const nn_operand_t *output, nn_broadcast_t *loops)
{
    uint32_t used = 0;
    int32_t size_a = 1, size_b = 1;
    for (int32_t axis = 0; axis < EV_MAX_RANK; axis++) {
        int32_t da = dimension(a, axis), db = dimension(b, axis), count = dimension(output, axis);
        if ((da != count && da != 1) || (db != count && db != 1) || (count != da && count != db)) {
            return false;
        }
        if (count > 1) {
            used = append(loops, used, count, da == 1 ? 0 : size_a, db == 1 ? 0 : size_b);
        }
        size_a *= da;
        size_b *= db;
    }
    for (; used < EV_MAX_RANK; used++) {
        loops->count[used] = 1;
        loops->stride_a[used] = loops->stride_b[used] = 0;
    }
    return true;
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_binary_args_t *args = &op->args.binary;
    const nn_operand_t *a = &op->operands[0], *b = &op->operands[1];
    bool fits = nn_op_is_int8(a) && nn_op_is_int8(b) && nn_op_is_int8(&op->output) &&
                broadcast(a, b, &op->output, &args->loops) &&
                nn_activation_range(nn_op_option(op, ACTIVATION, 1, NN_ACT_NONE), op->output.scale,
                                    op->output.zero_point, &args->range.low, &args->range.high);
    args->a = (const int8_t *)a->data;
    args->b = (const int8_t *)b->data;
    args->output = (int8_t *)op->output.data;
    args->zero_point_a = a->zero_point;
    args->zero_point_b = b->zero_point;
    args->range.zero_point = op->output.zero_point;
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

/* Both inputs are brought to a common scale, twice the larger one, with 20 bits of headroom. */
static ev_status_t prepare_add(nn_op_t *op)
{
    float a = op->operands[0].scale, b = op->operands[1].scale, largest = a > b ? a : b;
    nn_multiplier_t ma, mb, mo;
    op->args.binary.sign = 1;
    ev_status_t status = prepare(op);
    bool fits = status == EV_OK && nn_multiplier(a, 1.0f, largest, -1, &ma) &&
                nn_multiplier(b, 1.0f, largest, -1, &mb) &&
                nn_multiplier(largest, 1.0f, op->output.scale, 1 - HEADROOM_BITS, &mo) &&
                set_multipliers(&op->args.binary, &ma, &mb, &mo);
    return fits ? EV_OK : EV_ERR_OPTION;
}

/* As ADD, but the reference divides in single precision. */
static ev_status_t prepare_sub(nn_op_t *op)
{
    float a = op->operands[0].scale, b = op->operands[1].scale, twice = 2.0f * (a > b ? a : b);
    float headroom = (float)(1 << HEADROOM_BITS) * op->output.scale;
    nn_multiplier_t ma, mb, mo;
    op->args.binary.sign = -1;
    ev_status_t status = prepare(op);
    bool fits = status == EV_OK && nn_requant_multiplier(a / twice, 1.0f, 1.0f, &ma) &&
                nn_requant_multiplier(b / twice, 1.0f, 1.0f, &mb) &&
                nn_requant_multiplier(twice / headroom, 1.0f, 1.0f, &mo) &&
                set_multipliers(&op->args.binary, &ma, &mb, &mo);
    return fits ? EV_OK : EV_ERR_OPTION;
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

const nn_op_kind_t nn_op_add = {
    .code = NN_OP_ADD,
    .options_type = ADD_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_add,
    .overwrite_gap = nn_op_elementwise_gap,
    .run = run_add,
    NN_KEPT_ARGS(nn_binary_args_t, loops, range),
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
};
