/* UNIDIRECTIONAL_SEQUENCE_LSTM of int8 with a cell state of int16; without peepholes, projection and layer norm, as
 * the reference. */
#include "kernels/quant.h"
#include "ops.h"

enum { INPUT = 0, WEIGHTS = 1, RECURRENT_WEIGHTS = 5, BIASES = 12, HIDDEN_STATE = 18, CELL_STATE = 19, INPUTS = 24 };
enum { ACTIVATION = 0, CELL_CLIP = 1, TIME_MAJOR = 3, LSTM_OPTIONS = 71, ACTIVATION_TANH = 4 };
enum { MIN_CELL_SHIFT = -15, MAX_CELL_SHIFT = 13, Q12 = 12 };

static const float gate_scale = 1.0f / 4096.0f, curve_scale = 1.0f / 32768.0f;

static bool absent(const nn_op_t *op, uint32_t first, uint32_t last)
{
    nn_view_t view = nn_model_view(op->model);
    bool none = true;
    for (uint32_t i = first; i <= last; i++) {
        none = none && nn_view_i32_at(&view, op->inputs, i) == -1;
    }
    return none && view.status == EV_OK;
}

static bool is_matrix(const nn_operand_t *operand, int32_t rows, int32_t columns)
{
    return nn_op_is_int8(operand) && operand->constant && operand->zero_point == 0 && operand->scales.count == 1 &&
           operand->rank == 2 && operand->dims[0] == rows && operand->dims[1] == columns;
}

static ev_status_t read_gate(const nn_op_t *op, uint32_t index, const nn_operand_t *hidden, nn_lstm_args_t *args)
{
    nn_lstm_gate_t *gate = &args->gates[index];
    nn_operand_t weights, recurrent, bias;
    nn_multiplier_t fed, kept;
    ev_status_t status = nn_op_operand(op, WEIGHTS + index, &weights);
    status = status == EV_OK ? nn_op_operand(op, RECURRENT_WEIGHTS + index, &recurrent) : status;
    status = status == EV_OK ? nn_op_operand(op, BIASES + index, &bias) : status;
    if (status != EV_OK) {
        return status;
    }
    bool fits = is_matrix(&weights, args->states, args->inputs) &&
                is_matrix(&recurrent, args->states, args->states) && bias.constant && bias.type == EV_INT32 &&
                bias.rank == 1 && bias.dims[0] == args->states &&
                nn_requant_multiplier(op->operands[INPUT].scale, weights.scale, gate_scale, &fed) &&
                nn_requant_multiplier(hidden->scale, recurrent.scale, gate_scale, &kept);
    if (!fits) {
        return EV_ERR_OPTION;
    }
    gate->weights = (const int8_t *)weights.data;
    gate->recurrent_weights = (const int8_t *)recurrent.data;
    gate->bias = bias.data;
    gate->multiplier = fed.multiplier;
    gate->shift = fed.shift;
    gate->recurrent_multiplier = kept.multiplier;
    gate->recurrent_shift = kept.shift;
    return EV_OK;
}

static bool set_shapes(const nn_op_t *op, const nn_operand_t *hidden, const nn_operand_t *cell, nn_lstm_args_t *args)
{
    const nn_operand_t *input = &op->operands[INPUT], *output = &op->output;
    if (input->rank != 3 || output->rank != 3 || hidden->rank != 2) {
        return false;
    }
    args->time_major = nn_op_option(op, TIME_MAJOR, 1, 0) != 0;
    args->batches = input->dims[args->time_major ? 1 : 0];
    args->steps = input->dims[args->time_major ? 0 : 1];
    args->inputs = input->dims[2];
    args->states = hidden->dims[1];
    return output->dims[0] == input->dims[0] && output->dims[1] == input->dims[1] &&
           output->dims[2] == args->states && hidden->dims[0] == args->batches && cell->elements == hidden->elements;
}

/* The cell state's scale is a power of two. A clip of zero is none. */
static bool set_cell(const nn_op_t *op, float scale, nn_lstm_args_t *args)
{
    nn_view_t view = nn_model_view(op->model);
    const float clip = nn_view_f32(&view, op->options, CELL_CLIP, 0.0f);
    nn_multiplier_t power, update;
    bool fits = view.status == EV_OK && nn_multiplier(scale, 1.0f, 1.0f, 0, &power) && power.multiplier == 1 << 30 &&
                nn_requant_multiplier(curve_scale, curve_scale, scale, &update) && clip >= 0.0f;
    if (!fits) {
        return false;
    }
    const int32_t shift = power.shift - 1 + Q12;
    args->tanh_multiplier = shift < 0 ? 3 : (int32_t)(3u << (shift & 31));
    args->tanh_shift = shift < 0 ? -shift : 0;
    args->update_multiplier = update.multiplier;
    args->update_shift = update.shift;
    args->cell_limit = clip / scale >= 32767.0f ? INT16_MAX : (int32_t)(clip / scale);
    return shift >= MIN_CELL_SHIFT && shift <= MAX_CELL_SHIFT && (clip == 0.0f || args->cell_limit > 0);
}

static ev_status_t prepare(nn_op_t *op)
{
    nn_lstm_args_t *args = &op->args.lstm;
    nn_operand_t hidden, cell;
    nn_multiplier_t output;
    ev_status_t status = nn_op_operand(op, HIDDEN_STATE, &hidden);
    status = status == EV_OK ? nn_op_operand(op, CELL_STATE, &cell) : status;
    if (status != EV_OK) {
        return status;
    }
    bool fits = nn_op_is_int8(&op->operands[INPUT]) && nn_op_is_int8(&op->output) && nn_op_is_int8(&hidden) &&
                nn_op_is_int16(&cell) && hidden.variable && cell.variable && absent(op, 9, 11) &&
                absent(op, 16, 17) && absent(op, 20, 23) && nn_op_option(op, ACTIVATION, 1, 0) == ACTIVATION_TANH &&
                set_shapes(op, &hidden, &cell, args) && set_cell(op, cell.scale, args) &&
                nn_requant_multiplier(curve_scale, curve_scale, hidden.scale, &output);
    for (uint32_t i = 0; fits && i < NN_LSTM_GATES; i++) {
        status = read_gate(op, i, &hidden, args);
        fits = status == EV_OK;
    }
    if (!fits) {
        return status != EV_OK ? status : EV_ERR_OPTION;
    }
    args->input = (const int8_t *)op->operands[INPUT].data;
    args->output = (int8_t *)op->output.data;
    args->hidden = (int8_t *)hidden.data;
    args->cell = (int16_t *)(void *)cell.data;
    args->next = (int8_t *)op->scratch;
    args->input_zero_point = op->operands[INPUT].zero_point;
    args->hidden_zero_point = hidden.zero_point;
    args->output_multiplier = output.multiplier;
    args->output_shift = output.shift;
    op->work = (uint64_t)op->output.elements * NN_LSTM_GATES * (uint32_t)(args->inputs + args->states);
    return EV_OK;
}

static uint32_t scratch(const nn_op_t *op)
{
    return (uint32_t)op->args.lstm.states;
}

static void eval(const nn_op_t *op)
{
    nn_lstm_s8(&op->args.lstm);
}

const nn_op_kind_t nn_op_lstm = {
    .code = NN_OP_UNIDIRECTIONAL_SEQUENCE_LSTM,
    .options_type = LSTM_OPTIONS,
    .min_inputs = INPUTS,
    .max_inputs = INPUTS,
    .has_state = true,
    .prepare = prepare,
    .scratch_bytes = scratch,
    .eval = eval,
};
