/* MEAN and SUM over any dimensions. */
#include "kernels/quant.h"
#include "ops.h"

enum { INPUT = 0, AXES = 1, REDUCER_OPTIONS = 27 };

static bool read_axes(const nn_op_t *op, uint32_t *reduced)
{
    const nn_operand_t *axes = &op->operands[AXES];
    int32_t rank = op->operands[INPUT].rank;
    *reduced = 0;
    if (axes->type != EV_INT32 || !axes->constant) {
        return false;
    }
    for (uint32_t i = 0; i < axes->elements; i++) {
        int32_t axis = nn_load_i32(axes->data + 4 * i);
        axis += axis < 0 ? rank : 0;
        if (axis < 0 || axis >= rank) {
            return false;
        }
        *reduced |= 1u << axis;
    }
    return true;
}

/* Appends a dimension. It is merged with the inner one if the two are contiguous in memory. */
static int32_t append(int32_t *counts, int32_t *strides, int32_t used, int32_t count, int32_t stride)
{
    if (used > 0 && stride == strides[used - 1] * counts[used - 1]) {
        counts[used - 1] *= count;
        return used;
    }
    counts[used] = count;
    strides[used] = stride;
    return used + 1;
}

static uint32_t set_loops(const nn_operand_t *input, uint32_t reduced, nn_mean_args_t *args)
{
    int32_t kept = 0, summed = 0, stride = 1;
    uint32_t summands = 1;
    for (int32_t i = 0; i < EV_MAX_RANK; i++) {
        args->kept_count[i] = args->reduced_count[i] = 1;
        args->kept_stride[i] = args->reduced_stride[i] = 0;
    }
    for (int32_t axis = input->rank - 1; axis >= 0; axis--) {
        int32_t count = input->dims[axis];
        if (reduced >> axis & 1u) {
            summands *= (uint32_t)count;
        }
        if (count > 1 && (reduced >> axis & 1u)) {
            summed = append(args->reduced_count, args->reduced_stride, summed, count, stride);
        } else if (count > 1) {
            kept = append(args->kept_count, args->kept_stride, kept, count, stride);
        }
        stride *= count;
    }
    return summands;
}

/* The division by the number of summands is folded into the multiplier, as far as it keeps 31 bits. */
static void set_multiplier(nn_mean_args_t *args, nn_multiplier_t scale, uint32_t summands)
{
    int32_t shift = 31 - __builtin_clz(summands);
    int32_t room = 31 + scale.shift;
    shift = shift < room ? shift : room;
    args->multiplier = (int32_t)(((int64_t)scale.multiplier << shift) / summands);
    args->shift = scale.shift - shift;
}

static bool is_typed(const nn_op_t *op)
{
    const nn_operand_t *input = &op->operands[INPUT], *output = &op->output;
    return (nn_op_is_int8(input) && nn_op_is_int8(output)) || (nn_op_is_int16(input) && nn_op_is_int16(output));
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_mean_args_t *args = &op->args.mean;
    const nn_operand_t *input = &op->operands[INPUT];
    nn_multiplier_t scale;
    uint32_t reduced;
    bool fits = is_typed(op) && read_axes(op, &reduced) &&
                nn_requant_multiplier(input->scale, 1.0f, op->output.scale, &scale);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    uint32_t summands = set_loops(input, reduced, args);
    if (op->output.elements != input->elements / summands) {
        return EV_ERR_OPTION;
    }
    if (op->code == NN_OP_MEAN) {
        set_multiplier(args, scale, summands);
    } else {
        args->multiplier = scale.multiplier;
        args->shift = scale.shift;
    }
    args->input = (const int8_t *)input->data;
    args->output = (int8_t *)op->output.data;
    args->offset = (int32_t)((uint32_t)input->zero_point * summands);
    args->zero_point = op->output.zero_point;
    op->needs_eval = op->output.type == EV_INT16;
    op->work = input->elements;
    return EV_OK;
}

static void run(const nn_kernel_args_t *args)
{
    nn_mean_s8(&args->mean);
}

static void eval_s16(const nn_op_t *op)
{
    nn_mean_s16(&op->args.mean);
}

const nn_op_kind_t nn_op_mean = {
    .code = NN_OP_MEAN,
    .options_type = REDUCER_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare,
    .run = run,
    NN_KEPT_ARGS(nn_mean_args_t, kept_count, zero_point),
    .eval = eval_s16,
};

const nn_op_kind_t nn_op_sum = {
    .code = NN_OP_SUM,
    .options_type = REDUCER_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare,
    .run = run,
    NN_KEPT_ARGS(nn_mean_args_t, kept_count, zero_point),
    .eval = eval_s16,
};
