/* GATHER with constant indices. */
#include "ops/shared/moves.h"

enum { INPUT = 0, INDICES = 1, AXIS = 0, BATCH_DIMS = 1, GATHER_OPTIONS = 23 };

static bool shape_fits(const nn_op_t *op, int32_t axis, int32_t batch_dims)
{
    const nn_operand_t *input = &op->operands[INPUT], *indices = &op->operands[INDICES], *output = &op->output;
    if (axis < 0 || axis >= input->rank || batch_dims < 0 || batch_dims > axis || batch_dims > indices->rank ||
        output->rank != input->rank + indices->rank - 1 - batch_dims) {
        return false;
    }
    bool fits = true;
    int32_t used = 0;
    for (int32_t i = 0; i < batch_dims; i++) {
        fits = fits && input->dims[i] == indices->dims[i];
    }
    for (int32_t i = 0; i < axis; i++) {
        fits = fits && output->dims[used++] == input->dims[i];
    }
    for (int32_t i = batch_dims; i < indices->rank; i++) {
        fits = fits && output->dims[used++] == indices->dims[i];
    }
    for (int32_t i = axis + 1; i < input->rank; i++) {
        fits = fits && output->dims[used++] == input->dims[i];
    }
    return fits;
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_gather_args_t *args = &op->args.gather;
    const nn_operand_t *input = &op->operands[INPUT], *indices = &op->operands[INDICES];
    int32_t axis = nn_op_option(op, AXIS, 4, 0), batch_dims = nn_op_option(op, BATCH_DIMS, 4, 0);
    axis += axis < 0 ? input->rank : 0;
    batch_dims += batch_dims < 0 ? indices->rank : 0;
    bool typed = (input->type == EV_INT8 || input->type == EV_FLOAT32) && op->output.type == input->type &&
                 indices->type == EV_INT32 && indices->constant;
    if (!typed || !shape_fits(op, axis, batch_dims)) {
        return EV_ERR_OPTION;
    }
    args->input = input->data;
    args->indices = indices->data;
    args->output = op->output.data;
    args->batches = (int32_t)nn_op_product(input, 0, batch_dims);
    args->outer = (int32_t)nn_op_product(input, batch_dims, axis);
    args->axis = input->dims[axis];
    args->count = (int32_t)nn_op_product(indices, batch_dims, indices->rank);
    args->inner_bytes = (int32_t)nn_op_product(input, axis + 1, input->rank) * nn_op_element_bytes(input);
    return EV_OK;
}

static ev_status_t check(const nn_op_t *op)
{
    const nn_operand_t *indices = &op->operands[INDICES];
    bool inside = true;
    for (uint32_t i = 0; inside && i < indices->elements; i++) {
        const int32_t index = nn_load_i32(indices->data + 4 * i);
        inside = index >= 0 && index < op->args.gather.axis;
    }
    return inside ? EV_OK : EV_ERR_OPTION;
}

static void eval(const nn_op_t *op)
{
    nn_gather(&op->args.gather);
}

const nn_op_kind_t nn_op_gather = {
    .code = NN_OP_GATHER,
    .options_type = GATHER_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare,
    .check = check,
    .eval = eval,
};
