/* RESHAPE, SQUEEZE, EXPAND_DIMS and TRANSPOSE: operators that move bytes. */
#include "ops/shared/moves.h"

enum { INPUT = 0, ORDER = 1 };

static ev_status_t prepare_reshape(nn_op_t *op)
{
    nn_move_args_t *args = &op->args.move;
    const nn_operand_t *input = &op->operands[INPUT];
    args->input = input->data;
    args->output = op->output.data;
    args->bytes = input->bytes;
    return input->type == op->output.type && input->bytes == op->output.bytes ? EV_OK : EV_ERR_OPTION;
}

static void run_reshape(const nn_kernel_args_t *args)
{
    memmove(args->move.output, args->move.input, args->move.bytes);
}

static bool in_place(const nn_op_t *op)
{
    return op->output.data == op->operands[INPUT].data;
}

static bool order_fits(const nn_op_t *op, const nn_operand_t *order)
{
    const nn_operand_t *input = &op->operands[INPUT];
    uint32_t seen = 0;
    if (order->type != EV_INT32 || !order->constant || order->elements != (uint32_t)input->rank ||
        op->output.rank != input->rank) {
        return false;
    }
    for (int32_t i = 0; i < input->rank; i++) {
        int32_t axis = nn_load_i32(order->data + 4 * i);
        bool fits = axis >= 0 && axis < input->rank && op->output.dims[i] == input->dims[axis];
        if (!fits) {
            return false;
        }
        seen |= 1u << axis;
    }
    return seen + 1 == 1u << input->rank;
}

/* The input's stride along each output dimension; dimensions of size one are left out, contiguous ones are merged. */
static void set_loops(const nn_op_t *op, nn_transpose_args_t *args)
{
    const nn_operand_t *input = &op->operands[INPUT], *order = &op->operands[ORDER];
    int32_t used = 0, strides[EV_MAX_RANK], stride = 1;
    for (int32_t axis = input->rank - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= input->dims[axis];
    }
    for (int32_t i = 0; i < EV_MAX_RANK; i++) {
        args->count[i] = 1;
        args->stride[i] = 1;
    }
    for (int32_t i = input->rank - 1; i >= 0; i--) {
        int32_t along = strides[nn_load_i32(order->data + 4 * i)], count = op->output.dims[i];
        if (count > 1 && used > 0 && along == args->stride[used - 1] * args->count[used - 1]) {
            args->count[used - 1] *= count;
        } else if (count > 1) {
            args->count[used] = count;
            args->stride[used++] = along;
        }
    }
}

static ev_status_t prepare_transpose(nn_op_t *op)
{
    nn_transpose_args_t *args = &op->args.transpose;
    const nn_operand_t *input = &op->operands[INPUT];
    if (!nn_op_is_movable(input) || op->output.type != input->type || !order_fits(op, &op->operands[ORDER])) {
        return EV_ERR_OPTION;
    }
    args->input = (const int8_t *)input->data;
    args->output = (int8_t *)op->output.data;
    set_loops(op, args);
    op->needs_eval = input->type != EV_INT8;
    return EV_OK;
}

/* If only dimensions of size one change places, the bytes stay in order. */
static int32_t transpose_gap(const nn_op_t *op, uint32_t input)
{
    const nn_transpose_args_t *args = &op->args.transpose;
    bool in_order = (uint32_t)args->count[0] == op->output.elements && args->stride[0] == 1;
    return input == INPUT && in_order ? 0 : NN_NO_OVERWRITE;
}

static int32_t reshape_gap(const nn_op_t *op, uint32_t input)
{
    (void)op;
    return input == INPUT ? 0 : NN_NO_OVERWRITE;
}

static void run_transpose(const nn_kernel_args_t *args)
{
    nn_transpose_s8(&args->transpose);
}

static void eval_wide_transpose(const nn_op_t *op)
{
    const nn_transpose_args_t *loops = &op->args.transpose;
    nn_copy_args_t args = {
        .input = op->operands[INPUT].data,
        .output = op->output.data,
        .element_bytes = nn_op_element_bytes(&op->output),
    };
    for (int32_t i = 0; i < EV_MAX_RANK; i++) {
        args.count[i] = loops->count[i];
        args.stride[i] = loops->stride[i] * args.element_bytes;
    }
    nn_copy_strided(&args);
}

static bool transpose_idle(const nn_op_t *op)
{
    return in_place(op) && transpose_gap(op, INPUT) == 0;
}

const nn_op_kind_t nn_op_reshape = {
    .code = NN_OP_RESHAPE,
    .min_inputs = 1,
    .max_inputs = 2,
    .prepare = prepare_reshape,
    .overwrite_gap = reshape_gap,
    .run = run_reshape,
    NN_KEPT_ARGS(nn_move_args_t, bytes, bytes),
    .idle = in_place,
};

const nn_op_kind_t nn_op_squeeze = {
    .code = NN_OP_SQUEEZE,
    .min_inputs = 1,
    .max_inputs = 1,
    .prepare = prepare_reshape,
    .overwrite_gap = reshape_gap,
    .run = run_reshape,
    NN_KEPT_ARGS(nn_move_args_t, bytes, bytes),
    .idle = in_place,
};

const nn_op_kind_t nn_op_expand_dims = {
    .code = NN_OP_EXPAND_DIMS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_reshape,
    .overwrite_gap = reshape_gap,
    .run = run_reshape,
    NN_KEPT_ARGS(nn_move_args_t, bytes, bytes),
    .idle = in_place,
};

const nn_op_kind_t nn_op_transpose = {
    .code = NN_OP_TRANSPOSE,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare_transpose,
    .overwrite_gap = transpose_gap,
    .run = run_transpose,
    NN_KEPT_ARGS(nn_transpose_args_t, count, stride),
    .eval = eval_wide_transpose,
    .idle = transpose_idle,
};
