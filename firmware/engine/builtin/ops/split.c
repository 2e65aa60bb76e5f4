/* SPLIT, SPLIT_V and UNPACK: one input, cut into several outputs. */
#include "ops/shared/moves.h"

enum { SPLIT_AXIS = 0, SPLIT_INPUT = 1, SPLIT_V_INPUT = 0, SPLIT_V_AXIS = 2, UNPACK_INPUT = 0 };
enum { UNPACK_NUM = 0, UNPACK_AXIS = 1, UNPACK_OPTIONS = 64, MAX_OUTPUTS = UINT8_MAX };

/* An output is as the input but for its size along `axis`, which is returned; 0 where it is not. */
static int32_t share_of(const nn_operand_t *input, const nn_operand_t *output, int32_t axis)
{
    bool fits = output->type == input->type && output->rank == input->rank;
    for (int32_t i = 0; fits && i < input->rank; i++) {
        fits = i == axis || output->dims[i] == input->dims[i];
    }
    return fits ? output->dims[axis] : 0;
}

static ev_status_t prepare(nn_op_t *op, uint32_t index, int32_t axis, bool equal)
{
    const nn_operand_t *input = &op->operands[index];
    bool fits = nn_op_is_movable(input) && axis >= 0;
    int64_t joined = 0;
    for (uint32_t i = 0; fits && i < op->outputs.count; i++) {
        nn_operand_t output;
        ev_status_t status = nn_op_result(op, i, &output);
        const int32_t share = status == EV_OK ? share_of(input, &output, axis) : 0;
        if (status != EV_OK) {
            return status;
        }
        fits = share > 0 && (!equal || share == op->output.dims[axis]);
        joined += share;
    }
    op->work = input->elements;
    return fits && joined == input->dims[axis] ? EV_OK : EV_ERR_OPTION;
}

static ev_status_t prepare_split(nn_op_t *op)
{
    const int32_t axis = nn_op_axis(&op->operands[SPLIT_AXIS], op->operands[SPLIT_INPUT].rank);
    return prepare(op, SPLIT_INPUT, axis, true);
}

/* Like the reference, this goes by the outputs' shapes and does not read the sizes. */
static ev_status_t prepare_split_v(nn_op_t *op)
{
    const int32_t axis = nn_op_axis(&op->operands[SPLIT_V_AXIS], op->operands[SPLIT_V_INPUT].rank);
    return prepare(op, SPLIT_V_INPUT, axis, false);
}

static int32_t unpack_axis(const nn_op_t *op)
{
    const int32_t rank = op->operands[UNPACK_INPUT].rank, axis = nn_op_option(op, UNPACK_AXIS, 4, 0);
    return axis < -rank || axis >= rank ? -1 : axis + (axis < 0 ? rank : 0);
}

static ev_status_t prepare_unpack(nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[UNPACK_INPUT];
    const int32_t axis = unpack_axis(op);
    bool fits = nn_op_is_movable(input) && axis >= 0 && op->outputs.count == (uint32_t)input->dims[axis] &&
                nn_op_option(op, UNPACK_NUM, 4, 0) == input->dims[axis];
    for (uint32_t i = 0; fits && i < op->outputs.count; i++) {
        nn_operand_t output;
        ev_status_t status = nn_op_result(op, i, &output);
        if (status != EV_OK) {
            return status;
        }
        fits = output.type == input->type && output.elements == input->elements / op->outputs.count;
    }
    op->work = input->elements;
    return fits ? EV_OK : EV_ERR_OPTION;
}

/* Deals each of `rows` rows of the input out to the outputs in turn. */
static void cut(const nn_op_t *op, const nn_operand_t *input, uint32_t rows)
{
    const uint8_t *from = input->data;
    const uint32_t stride = input->bytes / rows;
    for (uint32_t i = 0; i < op->outputs.count; i++) {
        nn_operand_t output;
        if (nn_op_result(op, i, &output) != EV_OK) { /* read without error at open */
            return;
        }
        const uint32_t share = output.bytes / rows;
        for (uint32_t row = 0; row < rows; row++) {
            memcpy(output.data + row * share, from + row * stride, share);
        }
        from += share;
    }
}

static void eval_split(const nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[SPLIT_INPUT];
    cut(op, input, nn_op_product(input, 0, nn_op_axis(&op->operands[SPLIT_AXIS], input->rank)));
}

static void eval_split_v(const nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[SPLIT_V_INPUT];
    cut(op, input, nn_op_product(input, 0, nn_op_axis(&op->operands[SPLIT_V_AXIS], input->rank)));
}

static void eval_unpack(const nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[UNPACK_INPUT];
    cut(op, input, nn_op_product(input, 0, unpack_axis(op)));
}

const nn_op_kind_t nn_op_split = {
    .code = NN_OP_SPLIT,
    .min_inputs = 2,
    .max_inputs = 2,
    .max_outputs = MAX_OUTPUTS,
    .prepare = prepare_split,
    .eval = eval_split,
};

const nn_op_kind_t nn_op_split_v = {
    .code = NN_OP_SPLIT_V,
    .min_inputs = 3,
    .max_inputs = 3,
    .max_outputs = MAX_OUTPUTS,
    .prepare = prepare_split_v,
    .eval = eval_split_v,
};

const nn_op_kind_t nn_op_unpack = {
    .code = NN_OP_UNPACK,
    .options_type = UNPACK_OPTIONS,
    .min_inputs = 1,
    .max_inputs = 1,
    .max_outputs = MAX_OUTPUTS,
    .prepare = prepare_unpack,
    .eval = eval_unpack,
};
