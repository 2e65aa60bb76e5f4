/* SLICE and STRIDED_SLICE. */
#include "ops.h"
#include "ops/shared/moves.h"

enum { INPUT = 0, BEGIN = 1, SIZE = 2, END = 2, STRIDES = 3, REST = -1 };
enum { BEGIN_MASK = 0, END_MASK = 1, ELLIPSIS_MASK = 2, NEW_AXIS_MASK = 3, SHRINK_MASK = 4, OFFSET = 5 };
enum { STRIDED_SLICE_OPTIONS = 32, SLICE_MAX_RANK = 5, STRIDED_MAX_RANK = 4 }; /* the reference's */

/* Elements of one dimension. */
typedef struct {
    int32_t start, step, count;
} range_t;

/* The loops over the ranges, dimensions without a step left out; contiguous ones are merged. */
static void set_loops(nn_op_t *op, const range_t *ranges)
{
    nn_copy_args_t *args = &op->args.copy;
    const nn_operand_t *input = &op->operands[INPUT];
    int32_t used = 0, unit = nn_op_element_bytes(input);
    nn_op_copy_all(op);
    for (int32_t axis = input->rank - 1; axis >= 0; axis--) {
        const range_t *range = &ranges[axis];
        args->start += range->start * unit;
        used = range->count > 1 ? nn_op_copy_append(args, used, range->count, range->step * unit) : used;
        unit *= input->dims[axis];
    }
}

static bool is_index(const nn_operand_t *operand, const nn_operand_t *input)
{
    return operand->constant && (operand->type == EV_INT32 || operand->type == EV_INT64) &&
           operand->elements == (uint32_t)input->rank;
}

/* Entry `axis` as the reference has it: 64-bit ones are cut to 32 bits. */
static int32_t index_at(const nn_operand_t *operand, int32_t axis)
{
    return nn_load_i32(operand->data + (operand->type == EV_INT64 ? 8 : 4) * axis);
}

static ev_status_t prepare_slice(nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[INPUT], *begin = &op->operands[BEGIN], *size = &op->operands[SIZE];
    range_t ranges[EV_MAX_RANK];
    bool fits = nn_op_is_movable(input) && op->output.type == input->type && op->output.rank == input->rank &&
                input->rank <= SLICE_MAX_RANK && is_index(begin, input) && is_index(size, input) &&
                begin->type == size->type;
    for (int32_t i = 0; fits && i < input->rank; i++) {
        const int32_t start = index_at(begin, i), count = index_at(size, i);
        fits = start >= 0 && start < input->dims[i] && op->output.dims[i] <= input->dims[i] - start &&
               op->output.dims[i] == (count == REST ? input->dims[i] - start : count);
        ranges[i] = (range_t){start, 1, op->output.dims[i]};
    }
    if (fits) {
        set_loops(op, ranges);
    }
    return fits ? EV_OK : EV_ERR_OPTION;
}

static int32_t clamped(int64_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : (int32_t)value;
}

/* A bound of dimension `axis` of `size` elements; a negative one counts from the end, a masked one is the first or
 * the last in the step's direction. */
static int32_t bound(const nn_op_t *op, const nn_operand_t *bounds, uint32_t mask, int32_t axis, int32_t step)
{
    const int32_t size = op->operands[INPUT].dims[axis];
    const bool masked = (uint32_t)nn_op_option(op, mask, 4, 0) >> axis & 1u;
    const int32_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    if (masked) {
        return (mask == BEGIN_MASK) == (step > 0) ? low : high;
    }
    const int32_t value = nn_load_i32(bounds->data + 4 * axis);
    return clamped((int64_t)value + (value < 0 ? size : 0), low, high);
}

/* False for an empty range. */
static bool set_range(const nn_op_t *op, int32_t axis, int32_t step, bool shrink, range_t *range)
{
    const int32_t size = op->operands[INPUT].dims[axis];
    if (step == 0 || step == INT32_MIN || (shrink && step != 1)) {
        return false;
    }
    const int32_t start = bound(op, &op->operands[BEGIN], BEGIN_MASK, axis, step);
    const int32_t end = shrink ? start + 1 : bound(op, &op->operands[END], END_MASK, axis, step);
    const int64_t length = step > 0 ? (int64_t)end - start : (int64_t)start - end, stride = step > 0 ? step : -step;
    range->start = start;
    range->step = step;
    range->count = length > 0 ? (int32_t)((length + stride - 1) / stride) : 0;
    return range->count > 0 && start >= 0 && start < size;
}

static bool masks_fit(const nn_op_t *op)
{
    bool readable = true;
    for (uint32_t field = BEGIN_MASK; field <= SHRINK_MASK; field++) {
        readable = readable && nn_op_option(op, field, 4, 0) != INT32_MIN;
    }
    return readable && nn_op_option(op, ELLIPSIS_MASK, 4, 0) == 0 && nn_op_option(op, NEW_AXIS_MASK, 4, 0) == 0 &&
           nn_op_option(op, OFFSET, 1, 0) == 0;
}

static ev_status_t prepare_strided_slice(nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[INPUT];
    const uint32_t shrinks = (uint32_t)nn_op_option(op, SHRINK_MASK, 4, 0);
    nn_operand_t strides;
    range_t ranges[EV_MAX_RANK];
    int32_t kept = 0;
    ev_status_t status = nn_op_operand(op, STRIDES, &strides);
    bool fits = status == EV_OK && nn_op_is_movable(input) && op->output.type == input->type && masks_fit(op) &&
                input->rank <= STRIDED_MAX_RANK;
    const nn_operand_t *const indices[] = {&op->operands[BEGIN], &op->operands[END], &strides};
    for (uint32_t i = 0; fits && i < 3; i++) {
        fits = is_index(indices[i], input) && indices[i]->type == EV_INT32;
    }
    for (int32_t i = 0; fits && i < input->rank; i++) {
        const bool shrink = shrinks >> i & 1u;
        fits = set_range(op, i, nn_load_i32(strides.data + 4 * i), shrink, &ranges[i]) &&
               (shrink || (kept < op->output.rank && op->output.dims[kept] == ranges[i].count));
        kept += shrink ? 0 : 1;
    }
    fits = fits && kept == op->output.rank;
    if (fits) {
        set_loops(op, ranges);
    }
    return fits ? EV_OK : EV_ERR_OPTION;
}

/* With steps forwards, no element's place in the output is behind its source. */
static int32_t gap(const nn_op_t *op, uint32_t input)
{
    bool forwards = input == INPUT;
    for (int32_t i = 0; i < EV_MAX_RANK; i++) {
        forwards = forwards && op->args.copy.stride[i] >= 0;
    }
    return forwards ? 0 : NN_NO_OVERWRITE;
}

static void eval(const nn_op_t *op)
{
    nn_copy_strided(&op->args.copy);
}

const nn_op_kind_t nn_op_slice = {
    .code = NN_OP_SLICE,
    .min_inputs = 3,
    .max_inputs = 3,
    .prepare = prepare_slice,
    .overwrite_gap = gap,
    .eval = eval,
};

const nn_op_kind_t nn_op_strided_slice = {
    .code = NN_OP_STRIDED_SLICE,
    .options_type = STRIDED_SLICE_OPTIONS,
    .min_inputs = 4,
    .max_inputs = 4,
    .prepare = prepare_strided_slice,
    .overwrite_gap = gap,
    .eval = eval,
};
