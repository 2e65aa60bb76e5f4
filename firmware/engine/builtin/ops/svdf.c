/* SVDF of int8 with a state of int8 or int16. */
#include "kernels/quant.h"
#include "ops.h"

enum { INPUT = 0, FEATURE_WEIGHTS = 1, TIME_WEIGHTS = 2, BIAS = 3, STATE = 4, RANK = 0, SVDF_OPTIONS = 6 };

static bool is_constant(const nn_operand_t *operand, int32_t type, int32_t rank)
{
    return operand->constant && operand->type == type && operand->rank == rank && operand->zero_point == 0 &&
           operand->scales.count == 1;
}

static bool shapes_fit(const nn_op_t *op, const nn_operand_t *bias, const nn_operand_t *state, nn_svdf_args_t *args)
{
    const nn_operand_t *input = &op->operands[INPUT], *feature = &op->operands[FEATURE_WEIGHTS];
    const nn_operand_t *time = &op->operands[TIME_WEIGHTS];
    const int32_t rank = nn_op_option(op, RANK, 4, 0), filters = feature->dims[0];
    bool typed = nn_op_is_int8(input) && nn_op_is_int8(&op->output) && is_constant(feature, EV_INT8, 2) &&
                 (nn_op_is_int8(state) || nn_op_is_int16(state)) && is_constant(time, state->type, 2) &&
                 is_constant(bias, EV_INT32, 1) && state->variable && input->rank == 2 && op->output.rank == 2;
    if (!typed || rank <= 0 || rank > filters || filters % rank != 0) {
        return false;
    }
    args->batches = input->dims[0];
    args->inputs = input->dims[1];
    args->rank = rank;
    args->units = filters / rank;
    args->memory = time->dims[1];
    args->state_bytes = state->type == EV_INT8 ? 1 : 2;
    return feature->dims[1] == args->inputs && time->dims[0] == filters && bias->dims[0] == args->units &&
           op->output.dims[0] == args->batches && op->output.dims[1] == args->units &&
           state->elements == (uint64_t)args->batches * time->elements;
}

static bool set_multipliers(const nn_op_t *op, float state, nn_svdf_args_t *args)
{
    nn_multiplier_t feature, time;
    bool fits = nn_requant_multiplier(op->operands[INPUT].scale, op->operands[FEATURE_WEIGHTS].scale, state,
                                      &feature) &&
                nn_requant_multiplier(state, op->operands[TIME_WEIGHTS].scale, op->output.scale, &time);
    if (fits) {
        args->feature_multiplier = feature.multiplier;
        args->feature_shift = feature.shift;
        args->multiplier = time.multiplier;
        args->shift = time.shift;
    }
    return fits;
}

/* The accumulator's scale must be the bias's, within the reference's tolerance. */
static bool bias_scale_fits(float product, float bias)
{
    return product - bias < 1e-5f && bias - product < 1e-5f;
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_svdf_args_t *args = &op->args.svdf;
    nn_operand_t bias, state;
    ev_status_t status = nn_op_operand(op, BIAS, &bias);
    status = status == EV_OK ? nn_op_operand(op, STATE, &state) : status;
    if (status != EV_OK) {
        return status;
    }
    if (!shapes_fit(op, &bias, &state, args) || !set_multipliers(op, state.scale, args) ||
        !bias_scale_fits(state.scale * op->operands[TIME_WEIGHTS].scale, bias.scale)) {
        return EV_ERR_OPTION;
    }
    args->input = (const int8_t *)op->operands[INPUT].data;
    args->feature_weights = (const int8_t *)op->operands[FEATURE_WEIGHTS].data;
    args->time_weights = op->operands[TIME_WEIGHTS].data;
    args->bias = bias.data;
    args->state = state.data;
    args->output = (int8_t *)op->output.data;
    args->input_zero_point = op->operands[INPUT].zero_point;
    args->state_zero_point = state.zero_point;
    args->output_zero_point = op->output.zero_point;
    op->work = (uint64_t)args->batches *
               (op->operands[FEATURE_WEIGHTS].elements + op->operands[TIME_WEIGHTS].elements);
    return EV_OK;
}

static void eval(const nn_op_t *op)
{
    nn_svdf_s8(&op->args.svdf);
}

const nn_op_kind_t nn_op_svdf = {
    .code = NN_OP_SVDF,
    .options_type = SVDF_OPTIONS,
    .min_inputs = 5,
    .max_inputs = 5,
    .has_state = true,
    .prepare = prepare,
    .eval = eval,
};
