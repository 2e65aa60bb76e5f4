/* RESIZE_NEAREST_NEIGHBOR. */
#include "ops/shared/moves.h"

enum { INPUT = 0, SIZE = 1, ALIGN_CORNERS = 0, HALF_PIXEL_CENTERS = 1, RESIZE_OPTIONS = 74 };
enum { MAX_SIDE = 1 << 20 }; /* well within what a float counts exactly */

static float scale_of(int32_t input, int32_t output, bool align_corners)
{
    return align_corners && output > 1 ? (float)(input - 1) / (float)(output - 1) : (float)input / (float)output;
}

static bool size_fits(const nn_operand_t *size, const nn_operand_t *input, const nn_operand_t *output)
{
    return size->type == EV_INT32 && size->constant && size->elements == 2 && input->rank == 4 && output->rank == 4 &&
           output->dims[0] == input->dims[0] && output->dims[3] == input->dims[3] &&
           nn_load_i32(size->data) == output->dims[1] && nn_load_i32(size->data + 4) == output->dims[2] &&
           input->dims[1] <= MAX_SIDE && input->dims[2] <= MAX_SIDE && output->dims[1] <= MAX_SIDE &&
           output->dims[2] <= MAX_SIDE;
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_resize_nearest_args_t *args = &op->args.resize_nearest;
    const nn_operand_t *input = &op->operands[INPUT], *output = &op->output;
    const int32_t align = nn_op_option(op, ALIGN_CORNERS, 1, 0), half = nn_op_option(op, HALF_PIXEL_CENTERS, 1, 0);
    bool typed = nn_op_is_movable(input) && input->type != EV_INT32 && output->type == input->type;
    if (!typed || !size_fits(&op->operands[SIZE], input, output) || align < 0 || half < 0) {
        return EV_ERR_OPTION;
    }
    args->input = input->data;
    args->output = output->data;
    args->batches = input->dims[0];
    args->in_h = input->dims[1];
    args->in_w = input->dims[2];
    args->out_h = output->dims[1];
    args->out_w = output->dims[2];
    args->pixel_bytes = input->dims[3] * nn_op_element_bytes(input);
    args->align_corners = align != 0;
    args->offset = half != 0 ? 0.5f : 0.0f;
    args->scale_h = scale_of(args->in_h, args->out_h, align != 0);
    args->scale_w = scale_of(args->in_w, args->out_w, align != 0);
    return EV_OK;
}

static void eval(const nn_op_t *op)
{
    nn_resize_nearest(&op->args.resize_nearest);
}

const nn_op_kind_t nn_op_resize_nearest = {
    .code = NN_OP_RESIZE_NEAREST_NEIGHBOR,
    .options_type = RESIZE_OPTIONS,
    .min_inputs = 2,
    .max_inputs = 2,
    .prepare = prepare,
    .eval = eval,
};
