#include "ops.h"

enum { OPERATOR_CODE = 0, OPERATOR_INPUTS = 1, OPERATOR_OUTPUTS = 2 };
enum { OPERATOR_OPTIONS_TYPE = 3, OPERATOR_OPTIONS = 4 };
enum { CODE_DEPRECATED = 0, CODE_BUILTIN = 3 };

static const nn_op_kind_t *const kinds[] = {
    &nn_op_conv,       &nn_op_depthwise,      &nn_op_add,           &nn_op_pad,           &nn_op_fully_connected,
    &nn_op_max_pool,   &nn_op_mean,           &nn_op_average_pool,  &nn_op_reshape,       &nn_op_relu,
    &nn_op_transpose,  &nn_op_softmax,        &nn_op_quantize,      &nn_op_concatenation, &nn_op_mul,
    &nn_op_sub,        &nn_op_relu6,          &nn_op_logistic,      &nn_op_dequantize,    &nn_op_padv2,
    &nn_op_hard_swish, &nn_op_leaky_relu,     &nn_op_tanh,          &nn_op_prelu,         &nn_op_maximum,
    &nn_op_minimum,    &nn_op_slice,          &nn_op_strided_slice, &nn_op_split,         &nn_op_split_v,
    &nn_op_pack,       &nn_op_unpack,         &nn_op_squeeze,       &nn_op_expand_dims,   &nn_op_resize_nearest,
    &nn_op_gather,     &nn_op_transpose_conv, &nn_op_sum,           &nn_op_log_softmax,   &nn_op_batch_matmul,
    &nn_op_svdf,       &nn_op_lstm,
};

const nn_op_kind_t *nn_op_find(int32_t code)
{
    for (uint32_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i]->code == code) {
            return kinds[i];
        }
    }
    return NULL;
}

const nn_op_kind_t *nn_op_kind_at(uint32_t number)
{
    return kinds[number];
}

uint32_t nn_op_kind_number(const nn_op_kind_t *kind)
{
    uint32_t number = 0;
    while (kinds[number] != kind) { /* every kind is in the table */
        number++;
    }
    return number;
}

/* The operator's number is in one of two fields: the older field holds numbers below 128 only. */
static int32_t operator_code(nn_view_t *view, const ev_model_t *model, uint32_t index)
{
    nn_table_t entry = nn_view_table_at(view, model->codes, index);
    int32_t deprecated = nn_view_i8(view, entry, CODE_DEPRECATED, 0);
    int32_t builtin = nn_view_i32(view, entry, CODE_BUILTIN, 0);
    return view->status != EV_OK ? -1 : builtin > deprecated ? builtin : deprecated;
}

static ev_status_t read_tables(nn_op_t *op, uint32_t index)
{
    nn_view_t view = nn_model_view(op->model);
    nn_table_t entry = nn_view_table_at(&view, op->model->operators, index);
    op->code = operator_code(&view, op->model, (uint32_t)nn_view_i32(&view, entry, OPERATOR_CODE, 0));
    op->kind = nn_op_find(op->code);
    op->inputs = nn_view_vector(&view, entry, OPERATOR_INPUTS, 4);
    op->outputs = nn_view_vector(&view, entry, OPERATOR_OUTPUTS, 4);
    op->options = nn_view_table(&view, entry, OPERATOR_OPTIONS);
    if (view.status == EV_OK && op->kind == NULL) {
        return EV_ERR_OPERATOR;
    }
    if (view.status == EV_OK && nn_view_i8(&view, entry, OPERATOR_OPTIONS_TYPE, 0) != op->kind->options_type) {
        op->options.position = 0;
    }
    return view.status;
}

ev_status_t nn_op_operand(const nn_op_t *op, uint32_t index, nn_operand_t *operand)
{
    nn_view_t view = nn_model_view(op->model);
    int32_t tensor = nn_view_i32_at(&view, op->inputs, index);
    ev_status_t status = view.status == EV_OK ? nn_model_operand(op->model, tensor, operand) : view.status;
    return status == EV_OK && operand->variable && !op->kind->has_state ? EV_ERR_OPTION : status;
}

ev_status_t nn_op_result(const nn_op_t *op, uint32_t index, nn_operand_t *operand)
{
    nn_view_t view = nn_model_view(op->model);
    int32_t tensor = nn_view_i32_at(&view, op->outputs, index);
    ev_status_t status = view.status == EV_OK ? nn_model_operand(op->model, tensor, operand) : view.status;
    return status == EV_OK && (operand->constant || operand->variable) ? EV_ERR_MODEL_FORMAT : status;
}

static ev_status_t read_operands(nn_op_t *op)
{
    const nn_op_kind_t *kind = op->kind;
    nn_view_t view = nn_model_view(op->model);
    const uint32_t max_outputs = kind->max_outputs > 0 ? kind->max_outputs : 1;
    if (op->inputs.count < kind->min_inputs || op->inputs.count > kind->max_inputs || op->outputs.count < 1 ||
        op->outputs.count > max_outputs) {
        return EV_ERR_OPTION;
    }
    op->operand_count = op->inputs.count < NN_MAX_OPERANDS ? op->inputs.count : NN_MAX_OPERANDS;
    while (op->operand_count > kind->min_inputs && nn_view_i32_at(&view, op->inputs, op->operand_count - 1) == -1) {
        op->operand_count--; /* an optional input left out */
    }
    for (uint32_t i = 0; i < op->operand_count; i++) {
        ev_status_t status = nn_op_operand(op, i, &op->operands[i]);
        if (status != EV_OK) {
            return status;
        }
    }
    return view.status == EV_OK ? nn_op_result(op, 0, &op->output) : view.status;
}

ev_status_t nn_op_read(const ev_model_t *model, uint32_t index, nn_op_t *op)
{
    op->model = model;
    op->code = -1;
    ev_status_t status = read_tables(op, index);
    if (status == EV_OK) {
        status = read_operands(op);
    }
    if (status != EV_OK) {
        return status;
    }
    op->work = op->output.elements;
    op->scratch = (uint8_t *)(uintptr_t)model + nn_model_scratch(model)[index];
    memset(&op->args, 0, sizeof op->args);
    op->needs_eval = op->kind->run == NULL;
    return op->kind->prepare(op);
}

int32_t nn_op_option(const nn_op_t *op, uint32_t field, int32_t bytes, int32_t absent)
{
    nn_view_t view = nn_model_view(op->model);
    int32_t value = bytes == 1 ? nn_view_i8(&view, op->options, field, absent)
                               : nn_view_i32(&view, op->options, field, absent);
    return view.status == EV_OK ? value : INT32_MIN;
}

bool nn_op_is_int8(const nn_operand_t *operand)
{
    return operand->type == EV_INT8 && operand->scales.count > 0 && operand->scale > 0.0f;
}

bool nn_op_is_int16(const nn_operand_t *operand)
{
    return operand->type == EV_INT16 && operand->scales.count > 0 && operand->scale > 0.0f &&
           operand->zero_point == 0;
}

bool nn_op_same_shape(const nn_operand_t *a, const nn_operand_t *b)
{
    bool same = a->rank == b->rank;
    for (int32_t i = 0; same && i < a->rank; i++) {
        same = a->dims[i] == b->dims[i];
    }
    return same;
}

int32_t nn_op_elementwise_gap(const nn_op_t *op, uint32_t input)
{
    const nn_operand_t *operand = &op->operands[input];
    int32_t grown = (int32_t)op->output.bytes - (int32_t)operand->bytes;
    return operand->elements != op->output.elements ? NN_NO_OVERWRITE : grown > 0 ? grown : 0;
}
