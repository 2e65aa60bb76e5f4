/* BATCH_MATMUL of int8 and int16. */
#include "kernels/quant.h"
#include "ops.h"

enum { ADJ_A = 0, ADJ_B = 1, BATCH_MATMUL_OPTIONS = 101, BATCH_DIMS = 3, MAX_WIDE_SHIFT = 7 };

/* Dimension `axis` counted from the innermost; 1 beyond the rank. */
static int32_t dimension(const nn_operand_t *operand, int32_t axis)
{
    return axis < operand->rank ? operand->dims[operand->rank - 1 - axis] : 1;
}

static bool set_batches(const nn_op_t *op, nn_matmul_args_t *args)
{
    const nn_operand_t *a = &op->operands[0], *b = &op->operands[1];
    int32_t size_a = dimension(a, 0) * dimension(a, 1), size_b = dimension(b, 0) * dimension(b, 1);
    bool fits = op->output.rank == (a->rank > b->rank ? a->rank : b->rank);
    for (int32_t i = 0; fits && i < BATCH_DIMS; i++) {
        const int32_t da = dimension(a, i + 2), db = dimension(b, i + 2);
        args->count[i] = da == 1 ? db : da;
        args->stride_a[i] = da == 1 ? 0 : size_a;
        args->stride_b[i] = db == 1 ? 0 : size_b;
        fits = (da == db || da == 1 || db == 1) && dimension(&op->output, i + 2) == args->count[i];
        size_a *= da;
        size_b *= db;
    }
    return fits;
}

static bool set_matrices(const nn_op_t *op, nn_matmul_args_t *args)
{
    const nn_operand_t *a = &op->operands[0], *b = &op->operands[1];
    const bool turned_a = nn_op_option(op, ADJ_A, 1, 0) != 0, turned_b = nn_op_option(op, ADJ_B, 1, 0) != 0;
    if (a->rank < 2 || b->rank < 2 || a->rank > BATCH_DIMS + 2 || b->rank > BATCH_DIMS + 2) {
        return false;
    }
    args->rows = dimension(a, turned_a ? 0 : 1);
    args->depth = dimension(a, turned_a ? 1 : 0);
    args->columns = dimension(b, turned_b ? 1 : 0);
    args->row_a = turned_a ? 1 : args->depth;
    args->step_a = turned_a ? args->rows : 1;
    args->column_b = turned_b ? args->depth : 1;
    args->step_b = turned_b ? 1 : args->columns;
    return dimension(b, turned_b ? 0 : 1) == args->depth && dimension(&op->output, 1) == args->rows &&
           dimension(&op->output, 0) == args->columns;
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_matmul_args_t *args = &op->args.matmul;
    const nn_operand_t *a = &op->operands[0], *b = &op->operands[1], *output = &op->output;
    const bool wide = output->type == EV_INT16;
    const bool typed = wide ? nn_op_is_int16(a) && nn_op_is_int16(b) && nn_op_is_int16(output)
                            : nn_op_is_int8(a) && nn_op_is_int8(b) && nn_op_is_int8(output);
    nn_multiplier_t multiplier;
    bool fits = typed && set_matrices(op, args) && set_batches(op, args) &&
                nn_requant_multiplier(a->scale, b->scale, output->scale, &multiplier) &&
                (!wide || multiplier.shift <= MAX_WIDE_SHIFT);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    args->a = a->data;
    args->b = b->data;
    args->output = output->data;
    args->wide = wide;
    args->zero_point_a = a->zero_point;
    args->zero_point_b = b->zero_point;
    args->multiplier = multiplier.multiplier;
    args->shift = multiplier.shift;
    args->range.zero_point = output->zero_point;
    args->range.low = wide ? INT16_MIN : INT8_MIN;
    args->range.high = wide ? INT16_MAX : INT8_MAX;
    op->work = (uint64_t)output->elements * (uint32_t)args->depth;
    return EV_OK;
}

static void eval(const nn_op_t *op)
{
    nn_batch_matmul(&op->args.matmul);
}

const nn_op_kind_t nn_op_batch_matmul = {
    .code = NN_OP_BATCH_MATMUL,
    .options_type = BATCH_MATMUL_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare,
    .eval = eval,
};
