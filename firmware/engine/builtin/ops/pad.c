/* PAD and PADV2. */
#include "ops.h"

enum { INPUT = 0, PADDINGS = 1, VALUE = 2, MAX_PAD = 1 << 20 };

static bool set_dimensions(const nn_op_t *op, nn_pad_args_t *args)
{
    const nn_operand_t *input = &op->operands[INPUT], *paddings = &op->operands[PADDINGS];
    int32_t extra = EV_MAX_RANK - input->rank;
    if (paddings->type != EV_INT32 || !paddings->constant || paddings->elements != 2 * (uint32_t)input->rank ||
        op->output.rank != input->rank) {
        return false;
    }
    for (int32_t i = 0; i < EV_MAX_RANK; i++) {
        int32_t axis = i - extra;
        args->in_dims[i] = axis < 0 ? 1 : input->dims[axis];
        args->out_dims[i] = axis < 0 ? 1 : op->output.dims[axis];
        args->before[i] = axis < 0 ? 0 : nn_load_i32(paddings->data + 8 * axis);
        int32_t after = axis < 0 ? 0 : nn_load_i32(paddings->data + 8 * axis + 4);
        bool sane = args->before[i] >= 0 && args->before[i] <= MAX_PAD && after >= 0 && after <= MAX_PAD;
        if (!sane || args->out_dims[i] != args->before[i] + args->in_dims[i] + after) {
            return false;
        }
    }
    /* Rows of bytes, whatever the elements are. */
    const int32_t element_bytes = op->output.type == EV_INT16 ? 2 : 1;
    args->in_dims[EV_MAX_RANK - 1] *= element_bytes;
    args->out_dims[EV_MAX_RANK - 1] *= element_bytes;
    args->before[EV_MAX_RANK - 1] *= element_bytes;
    return true;
}

/* Inner dimensions without padding become part of the one around them, so that rows are long. */
static void merge_rows(nn_pad_args_t *args)
{
    enum { ROW = EV_MAX_RANK - 1 };
    for (int32_t left = ROW; left > 0 && args->in_dims[ROW] == args->out_dims[ROW]; left--) {
        int32_t row = args->in_dims[ROW];
        for (int32_t axis = ROW; axis > 0; axis--) {
            args->in_dims[axis] = args->in_dims[axis - 1];
            args->out_dims[axis] = args->out_dims[axis - 1];
            args->before[axis] = args->before[axis - 1];
        }
        args->in_dims[0] = args->out_dims[0] = 1;
        args->before[0] = 0;
        args->in_dims[ROW] *= row;
        args->out_dims[ROW] *= row;
        args->before[ROW] *= row;
    }
}

/* PADV2 names the value; PAD fills with zero, which is the zero point. */
static bool set_value(const nn_op_t *op, nn_pad_args_t *args)
{
    const nn_operand_t *value = &op->operands[VALUE];
    args->value = (int8_t)op->output.zero_point;
    if (op->operand_count <= VALUE) {
        return true;
    }
    bool fits = value->type == op->output.type && value->constant && value->elements == 1 &&
                value->scale == op->output.scale && value->zero_point == op->output.zero_point;
    if (fits) {
        args->value = (int8_t)value->data[0];
    }
    return fits;
}

static bool has_wide_value(const nn_op_t *op)
{
    return op->output.type == EV_INT16 && op->operand_count > VALUE;
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_pad_args_t *args = &op->args.pad;
    const int32_t type = op->output.type;
    bool typed = type == EV_INT8 || (type == EV_INT16 && op->output.zero_point == 0);
    bool fits = typed && op->operands[INPUT].type == type && set_dimensions(op, args) && set_value(op, args);
    if (fits) {
        merge_rows(args);
    }
    args->input = (const int8_t *)op->operands[INPUT].data;
    args->output = (int8_t *)op->output.data;
    op->needs_eval = has_wide_value(op);
    return fits ? EV_OK : EV_ERR_OPTION;
}

/* The output is ahead of the input by the padding that was written up to the end of the last row with data. */
static int32_t gap(const nn_op_t *op, uint32_t input)
{
    const nn_pad_args_t *args = &op->args.pad;
    int32_t last_row = 0;
    if (input != INPUT || has_wide_value(op)) {
        return NN_NO_OVERWRITE;
    }
    for (int32_t i = 0; i < EV_MAX_RANK - 1; i++) {
        last_row = last_row * args->out_dims[i] + args->before[i] + args->in_dims[i] - 1;
    }
    return (last_row + 1) * args->out_dims[EV_MAX_RANK - 1] - (int32_t)op->operands[INPUT].bytes;
}

static void run(const nn_kernel_args_t *args)
{
    nn_pad_s8(&args->pad);
}

static void eval_wide_value(const nn_op_t *op)
{
    nn_pad_s16(&op->args.pad, nn_load_i16(op->operands[VALUE].data));
}

const nn_op_kind_t nn_op_pad = {
    .code = NN_OP_PAD,
    .min_inputs = 2,
    .max_inputs = 3,
    .prepare = prepare,
    .overwrite_gap = gap,
    .run = run,
    NN_KEPT_ARGS(nn_pad_args_t, in_dims, value),
    .eval = eval_wide_value,
};

const nn_op_kind_t nn_op_padv2 = {
    .code = NN_OP_PADV2,
    .min_inputs = 2,
    .max_inputs = 3,
    .prepare = prepare,
    .overwrite_gap = gap,
    .run = run,
    NN_KEPT_ARGS(nn_pad_args_t, in_dims, value),
    .eval = eval_wide_value,
};
