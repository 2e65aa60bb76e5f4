#include "model.h"

/* Field numbers of the TFLite schema. */
enum { MODEL_CODES = 1, MODEL_SUBGRAPHS = 2, MODEL_BUFFERS = 4 };
enum { SUBGRAPH_TENSORS = 0, SUBGRAPH_INPUTS = 1, SUBGRAPH_OUTPUTS = 2, SUBGRAPH_OPERATORS = 3 };
enum { TENSOR_SHAPE = 0, TENSOR_TYPE = 1, TENSOR_BUFFER = 2, TENSOR_QUANTIZATION = 4, TENSOR_VARIABLE = 5,
       TENSOR_SPARSITY = 6 };
enum { QUANTIZATION_SCALE = 2, QUANTIZATION_ZERO_POINT = 3, QUANTIZATION_DIMENSION = 6 };
enum { BUFFER_DATA = 0, BUFFER_OFFSET = 1 };

ev_status_t ev_model_locate(ev_model_t *model, const uint8_t *file, uint32_t file_bytes)
{
    ev_view_t view = {file, file_bytes, EV_OK};
    ev_table_t root = ev_view_root(&view);
    ev_vector_t subgraphs = ev_view_vector(&view, root, MODEL_SUBGRAPHS, 4);
    ev_table_t graph = ev_view_table_at(&view, subgraphs, 0);
    model->file = file;
    model->file_bytes = file_bytes;
    model->codes = ev_view_vector(&view, root, MODEL_CODES, 4);
    model->buffers = ev_view_vector(&view, root, MODEL_BUFFERS, 4);
    model->tensors = ev_view_vector(&view, graph, SUBGRAPH_TENSORS, 4);
    model->inputs = ev_view_vector(&view, graph, SUBGRAPH_INPUTS, 4);
    model->outputs = ev_view_vector(&view, graph, SUBGRAPH_OUTPUTS, 4);
    model->operators = ev_view_vector(&view, graph, SUBGRAPH_OPERATORS, 4);
    bool sane = model->tensors.count <= EV_MAX_TENSORS && model->operators.count <= EV_MAX_OPERATORS &&
                model->outputs.count <= EV_MAX_TENSORS && model->inputs.count <= EV_MAX_TENSORS;
    if (!sane) {
        ev_view_fail(&view, EV_ERR_MODEL_FORMAT);
    }
    return view.status;
}

static uint32_t element_bytes(int32_t type)
{
    switch (type) {
    case EV_INT8:
    case EV_UINT8:
    case EV_BOOL:
        return 1;
    case EV_INT16:
        return 2;
    case EV_INT32:
    case EV_FLOAT32:
        return 4;
    case EV_INT64:
        return 8;
    default:
        return 0;
    }
}

static void read_shape(ev_view_t *view, ev_table_t tensor, ev_operand_t *operand)
{
    ev_vector_t shape = ev_view_vector(view, tensor, TENSOR_SHAPE, 4);
    uint64_t bytes = element_bytes(operand->type);
    operand->rank = (int32_t)shape.count;
    operand->elements = 1;
    if (bytes == 0 || shape.count > EV_MAX_RANK) {
        ev_view_fail(view, EV_ERR_OPTION);
        return;
    }
    for (uint32_t i = 0; i < shape.count; i++) {
        operand->dims[i] = ev_view_i32_at(view, shape, i);
        bytes *= (uint32_t)operand->dims[i];
        if (operand->dims[i] <= 0 || bytes > EV_MAX_TENSOR_BYTES) {
            ev_view_fail(view, EV_ERR_OPTION);
            return;
        }
    }
    operand->bytes = (uint32_t)bytes;
    operand->elements = operand->bytes / element_bytes(operand->type);
}

/* Zero points are 64-bit in the file; every one must suit the type, and per channel be zero. */
static void read_zero_points(ev_view_t *view, ev_table_t quantization, ev_operand_t *operand)
{
    ev_vector_t points = ev_view_vector(view, quantization, QUANTIZATION_ZERO_POINT, 8);
    int32_t low = operand->type == EV_INT8 ? INT8_MIN : 0;
    int32_t high = operand->type == EV_INT8 ? INT8_MAX : operand->type == EV_UINT8 ? UINT8_MAX : 0;
    for (uint32_t i = 0; i < points.count; i++) {
        int64_t point;
        memcpy(&point, view->data + points.position + 8 * i, sizeof point);
        if (point < low || point > high || (points.count > 1 && point != 0)) {
            ev_view_fail(view, EV_ERR_OPTION);
            return;
        }
        operand->zero_point = (int32_t)point;
    }
}

static void read_quantization(ev_view_t *view, ev_table_t tensor, ev_operand_t *operand)
{
    ev_table_t quantization = ev_view_table(view, tensor, TENSOR_QUANTIZATION);
    operand->scales = ev_view_vector(view, quantization, QUANTIZATION_SCALE, 4);
    operand->quantized_dimension = ev_view_i32(view, quantization, QUANTIZATION_DIMENSION, 0);
    operand->zero_point = 0;
    operand->scale = 0.0f;
    read_zero_points(view, quantization, operand);
    if (operand->scales.count > 0) {
        operand->scale = ev_load_f32(view->data + operand->scales.position);
    }
}

/* Sets `data` where the tensor's buffer has content, which makes it a constant. */
static void read_constant(ev_view_t *view, const ev_model_t *model, ev_table_t tensor, ev_operand_t *operand)
{
    uint32_t index = (uint32_t)ev_view_i32(view, tensor, TENSOR_BUFFER, 0);
    ev_table_t buffer = ev_view_table_at(view, model->buffers, index);
    ev_vector_t content = ev_view_vector(view, buffer, BUFFER_DATA, 1);
    operand->constant = content.count > 0;
    operand->data = NULL;
    if (ev_view_i32(view, buffer, BUFFER_OFFSET, 0) > 1) { /* data outside the flatbuffer */
        ev_view_fail(view, EV_ERR_OPTION);
    } else if (operand->constant && content.count != operand->bytes) {
        ev_view_fail(view, EV_ERR_MODEL_FORMAT);
    } else if (operand->constant) {
        operand->data = (uint8_t *)(uintptr_t)(view->data + content.position);
    }
}

ev_status_t ev_model_operand(const ev_model_t *model, int32_t index, ev_operand_t *operand)
{
    ev_view_t view = ev_model_view(model);
    ev_table_t tensor = ev_view_table_at(&view, model->tensors, (uint32_t)index);
    operand->type = ev_view_i8(&view, tensor, TENSOR_TYPE, EV_FLOAT32);
    if (ev_view_i8(&view, tensor, TENSOR_VARIABLE, 0) != 0 || ev_view_has(&view, tensor, TENSOR_SPARSITY)) {
        ev_view_fail(&view, EV_ERR_OPTION);
    }
    read_shape(&view, tensor, operand);
    read_quantization(&view, tensor, operand);
    read_constant(&view, model, tensor, operand);
    if (view.status != EV_OK) {
        return view.status;
    }
    const ev_slot_t *slot = &ev_model_slots(model)[index];
    if (!operand->constant && slot->first <= slot->last) {
        operand->data = (uint8_t *)(uintptr_t)model + slot->offset;
    }
    return EV_OK;
}
