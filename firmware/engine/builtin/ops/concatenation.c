/* CONCATENATION and PACK. The reference joins at most ten inputs, all with the output's quantization. */
#include "kernels/quant.h"
#include "ops/shared/moves.h"

enum { AXIS = 0, ACTIVATION = 1, CONCATENATION_OPTIONS = 10, MAX_INPUTS = 10 };
enum { PACK_COUNT = 0, PACK_AXIS = 1, PACK_OPTIONS = 59, PACK_MAX_INPUTS = 64 };

static int32_t read_axis(const nn_op_t *op)
{
    int32_t axis = nn_op_option(op, AXIS, 4, 0);
    return axis < 0 ? axis + op->output.rank : axis;
}

static bool input_fits(const nn_op_t *op, const nn_operand_t *input, int32_t axis)
{
    bool fits = input->type == op->output.type && input->rank == op->output.rank &&
                input->scale == op->output.scale && input->zero_point == op->output.zero_point;
    for (int32_t i = 0; fits && i < input->rank; i++) {
        fits = i == axis || input->dims[i] == op->output.dims[i];
    }
    return fits;
}

static ev_status_t prepare(nn_op_t *op)
{
    int32_t axis = read_axis(op), joined = 0;
    nn_operand_t input;
    bool fits = nn_op_is_movable(&op->output) && axis >= 0 && axis < op->output.rank &&
                nn_op_option(op, ACTIVATION, 1, NN_ACT_NONE) == NN_ACT_NONE;
    for (uint32_t i = 0; fits && i < op->inputs.count; i++) {
        ev_status_t status = nn_op_operand(op, i, &input);
        if (status != EV_OK) {
            return status;
        }
        fits = input_fits(op, &input, axis);
        joined += fits ? input.dims[axis] : 0;
    }
    return fits && joined == op->output.dims[axis] ? EV_OK : EV_ERR_OPTION;
}

/* Copies one input's share of every outer row. */
static void copy(const nn_operand_t *input, uint32_t rows, uint8_t *output, uint32_t output_stride)
{
    uint32_t share = input->bytes / rows;
    for (uint32_t i = 0; i < rows; i++) {
        memcpy(output + i * output_stride, input->data + i * share, share);
    }
}

static void join(const nn_op_t *op, int32_t axis)
{
    uint8_t *output = op->output.data;
    const uint32_t rows = nn_op_product(&op->output, 0, axis);
    for (uint32_t i = 0; i < op->inputs.count; i++) {
        nn_operand_t input;
        if (nn_op_operand(op, i, &input) == EV_OK) { /* read without error at open */
            copy(&input, rows, output, op->output.bytes / rows);
            output += input.bytes / rows;
        }
    }
}

static void eval(const nn_op_t *op)
{
    join(op, read_axis(op));
}

static int32_t pack_axis(const nn_op_t *op)
{
    const int32_t rank = op->output.rank, axis = nn_op_option(op, PACK_AXIS, 4, 0);
    return axis < -rank || axis >= rank ? -1 : axis + (axis < 0 ? rank : 0);
}

/* The quantizations are not compared: the reference copies. */
static ev_status_t prepare_pack(nn_op_t *op)
{
    const int32_t axis = pack_axis(op);
    bool fits = nn_op_is_movable(&op->output) && axis >= 0 && op->inputs.count == (uint32_t)op->output.dims[axis] &&
                nn_op_option(op, PACK_COUNT, 4, 0) == op->output.dims[axis];
    for (uint32_t i = 0; fits && i < op->inputs.count; i++) {
        nn_operand_t input;
        ev_status_t status = nn_op_operand(op, i, &input);
        if (status != EV_OK) {
            return status;
        }
        fits = input.type == op->output.type && input.elements == op->output.elements / op->inputs.count;
    }
    return fits ? EV_OK : EV_ERR_OPTION;
}

static void eval_pack(const nn_op_t *op)
{
    join(op, pack_axis(op));
}

const nn_op_kind_t nn_op_pack = {
    .code = NN_OP_PACK,
    .options_type = PACK_OPTIONS,
    .min_inputs = 1,
    .max_inputs = PACK_MAX_INPUTS,
    .prepare = prepare_pack,
    .eval = eval_pack,
};

const nn_op_kind_t nn_op_concatenation = {
    .code = NN_OP_CONCATENATION,
    .options_type = CONCATENATION_OPTIONS,
    .min_inputs = 1,
    .max_inputs = MAX_INPUTS,
    .prepare = prepare,
    .eval = eval,
};
