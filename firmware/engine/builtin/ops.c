#include "ops.h"

enum { OPERATOR_CODE = 0, OPERATOR_INPUTS = 1, OPERATOR_OUTPUTS = 2 };
enum { OPERATOR_OPTIONS_TYPE = 3, OPERATOR_OPTIONS = 4 };
enum { CODE_DEPRECATED = 0, CODE_BUILTIN = 3 };

static const ev_op_kind_t *const kinds[] = {
    &ev_op_conv,       &ev_op_depthwise,     &ev_op_add,     &ev_op_pad,  &ev_op_fully_connected, &ev_op_max_pool,
    &ev_op_mean,       &ev_op_average_pool,  &ev_op_reshape, &ev_op_relu, &ev_op_transpose,       &ev_op_softmax,
    &ev_op_quantize,   &ev_op_concatenation, &ev_op_mul,     &ev_op_sub,  &ev_op_relu6,           &ev_op_logistic,
    &ev_op_dequantize, &ev_op_padv2,
};

const ev_op_kind_t *ev_op_find(int32_t code)
{
    for (uint32_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i]->code == code) {
            return kinds[i];
        }
    }
    return NULL;
}

/* The operator's number is in one of two fields: the first came into use when the schema had fewer than 128. */
static int32_t operator_code(ev_view_t *view, const ev_model_t *model, uint32_t index)
{
    ev_table_t entry = ev_view_table_at(view, model->codes, index);
    int32_t deprecated = ev_view_i8(view, entry, CODE_DEPRECATED, 0);
    int32_t builtin = ev_view_i32(view, entry, CODE_BUILTIN, 0);
    return view->status != EV_OK ? -1 : builtin > deprecated ? builtin : deprecated;
}

static ev_status_t read_tables(ev_op_t *op, uint32_t index)
{
    ev_view_t view = ev_model_view(op->model);
    ev_table_t entry = ev_view_table_at(&view, op->model->operators, index);
    op->code = operator_code(&view, op->model, (uint32_t)ev_view_i32(&view, entry, OPERATOR_CODE, 0));
    op->kind = ev_op_find(op->code);
    op->inputs = ev_view_vector(&view, entry, OPERATOR_INPUTS, 4);
    op->outputs = ev_view_vector(&view, entry, OPERATOR_OUTPUTS, 4);
    op->options = ev_view_table(&view, entry, OPERATOR_OPTIONS);
    if (view.status == EV_OK && op->kind == NULL) {
        return EV_ERR_OPERATOR;
    }
    if (view.status == EV_OK && ev_view_i8(&view, entry, OPERATOR_OPTIONS_TYPE, 0) != op->kind->options_type) {
        op->options.position = 0;
    }
    return view.status;
}

ev_status_t ev_op_operand(const ev_op_t *op, uint32_t index, ev_operand_t *operand)
{
    ev_view_t view = ev_model_view(op->model);
    int32_t tensor = ev_view_i32_at(&view, op->inputs, index);
    return view.status == EV_OK ? ev_model_operand(op->model, tensor, operand) : view.status;
}

static ev_status_t read_operands(ev_op_t *op)
{
    const ev_op_kind_t *kind = op->kind;
    ev_view_t view = ev_model_view(op->model);
    if (op->inputs.count < kind->min_inputs || op->inputs.count > kind->max_inputs || op->outputs.count != 1) {
        return EV_ERR_OPTION;
    }
    op->operand_count = op->inputs.count < EV_MAX_OPERANDS ? op->inputs.count : EV_MAX_OPERANDS;
    while (op->operand_count > kind->min_inputs &&
           ev_view_i32_at(&view, op->inputs, op->operand_count - 1) == -1) {
        op->operand_count--; /* an optional input left out */
    }
    for (uint32_t i = 0; i < op->operand_count; i++) {
        ev_status_t status = ev_op_operand(op, i, &op->operands[i]);
        if (status != EV_OK) {
            return status;
        }
    }
    ev_status_t status = ev_model_operand(op->model, ev_view_i32_at(&view, op->outputs, 0), &op->output);
    return status != EV_OK ? status : op->output.constant ? EV_ERR_MODEL_FORMAT : view.status;
}

ev_status_t ev_op_read(const ev_model_t *model, uint32_t index, ev_op_t *op)
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
    op->scratch = (uint8_t *)(uintptr_t)model + ev_model_scratch(model)[index];
    return op->kind->prepare(op);
}

int32_t ev_op_option(const ev_op_t *op, uint32_t field, int32_t bytes, int32_t absent)
{
    ev_view_t view = ev_model_view(op->model);
    return bytes == 1 ? ev_view_i8(&view, op->options, field, absent)
                      : ev_view_i32(&view, op->options, field, absent);
}

bool ev_op_is_int8(const ev_operand_t *operand)
{
    return operand->type == EV_INT8 && operand->scales.count > 0 && operand->scale > 0.0f;
}

bool ev_op_same_shape(const ev_operand_t *a, const ev_operand_t *b)
{
    bool same = a->rank == b->rank;
    for (int32_t i = 0; same && i < a->rank; i++) {
        same = a->dims[i] == b->dims[i];
    }
    return same;
}

int32_t ev_op_elementwise_gap(const ev_op_t *op, uint32_t input)
{
    const ev_operand_t *operand = &op->operands[input];
    int32_t grown = (int32_t)op->output.bytes - (int32_t)operand->bytes;
    return operand->elements != op->output.elements ? EV_NO_OVERWRITE : grown > 0 ? grown : 0;
}
