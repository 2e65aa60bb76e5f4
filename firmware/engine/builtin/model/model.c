#include "model.h"

/* Field numbers of the TFLite schema. */
enum { MODEL_CODES = 1, MODEL_SUBGRAPHS = 2, MODEL_BUFFERS = 4 };
enum { SUBGRAPH_TENSORS = 0, SUBGRAPH_INPUTS = 1, SUBGRAPH_OUTPUTS = 2, SUBGRAPH_OPERATORS = 3 };
enum {
    TENSOR_SHAPE = 0,
    TENSOR_TYPE = 1,
    TENSOR_BUFFER = 2,
    TENSOR_QUANTIZATION = 4,
    TENSOR_VARIABLE = 5,
    TENSOR_SPARSITY = 6
};
enum { QUANTIZATION_SCALE = 2, QUANTIZATION_ZERO_POINT = 3, QUANTIZATION_DIMENSION = 6 };
enum { BUFFER_DATA = 0, BUFFER_OFFSET = 1 };

ev_status_t nn_model_locate(ev_model_t *model, const uint8_t *file, uint32_t file_bytes)
{
    nn_view_t view = {file, file_bytes, EV_OK};
    nn_table_t root = nn_view_root(&view);
    nn_vector_t subgraphs = nn_view_vector(&view, root, MODEL_SUBGRAPHS, 4);
    nn_table_t graph = nn_view_table_at(&view, subgraphs, 0);
    model->file = file;
    model->file_bytes = file_bytes;
    model->codes = nn_view_vector(&view, root, MODEL_CODES, 4);
    model->buffers = nn_view_vector(&view, root, MODEL_BUFFERS, 4);
    model->tensors = nn_view_vector(&view, graph, SUBGRAPH_TENSORS, 4);
    model->inputs = nn_view_vector(&view, graph, SUBGRAPH_INPUTS, 4);
    model->outputs = nn_view_vector(&view, graph, SUBGRAPH_OUTPUTS, 4);
    model->operators = nn_view_vector(&view, graph, SUBGRAPH_OPERATORS, 4);
    bool sane = model->tensors.count <= NN_MAX_TENSORS && model->operators.count <= NN_MAX_OPERATORS &&
                model->outputs.count <= NN_MAX_TENSORS && model->inputs.count <= NN_MAX_TENSORS;
    if (!sane) {
        nn_view_fail(&view, EV_ERR_MODEL_FORMAT);
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

static void read_shape(nn_view_t *view, nn_table_t tensor, nn_operand_t *operand)
{
    nn_vector_t shape = nn_view_vector(view, tensor, TENSOR_SHAPE, 4);
    uint64_t bytes = element_bytes(operand->type);
    operand->rank = (int32_t)shape.count;
    operand->elements = 1;
    if (bytes == 0 || shape.count > EV_MAX_RANK) {
        nn_view_fail(view, EV_ERR_OPTION);
        return;
    }
    for (uint32_t i = 0; i < shape.count; i++) {
        operand->dims[i] = nn_view_i32_at(view, shape, i);
        bytes *= (uint32_t)operand->dims[i];
        if (operand->dims[i] <= 0 || bytes > NN_MAX_TENSOR_BYTES) {
            nn_view_fail(view, EV_ERR_OPTION);
            return;
        }
    }
    operand->bytes = (uint32_t)bytes;
    operand->elements = operand->bytes / element_bytes(operand->type);
}

/* Zero points are 64-bit in the file; every one must suit the type, and per channel be zero. Returns how many. */
static uint32_t read_zero_points(nn_view_t *view, nn_table_t quantization, nn_operand_t *operand)
{
    nn_vector_t points = nn_view_vector(view, quantization, QUANTIZATION_ZERO_POINT, 8);
    const int32_t type = operand->type;
    int32_t low = type == EV_INT8 ? INT8_MIN : type == EV_INT16 ? INT16_MIN : 0;
    int32_t high = type == EV_INT8 ? INT8_MAX : type == EV_UINT8 ? UINT8_MAX : type == EV_INT16 ? INT16_MAX : 0;
    for (uint32_t i = 0; i < points.count; i++) {
        int64_t point;
        memcpy(&point, view->data + points.position + 8 * i, sizeof point);
        if (point < low || point > high || (points.count > 1 && point != 0)) {
            nn_view_fail(view, EV_ERR_OPTION);
            return 0;
        }
        operand->zero_point = (int32_t)point;
    }
    return points.count;
}

static void read_quantization(nn_view_t *view, nn_table_t tensor, nn_operand_t *operand)
{
    nn_table_t quantization = nn_view_table(view, tensor, TENSOR_QUANTIZATION);
    operand->scales = nn_view_vector(view, quantization, QUANTIZATION_SCALE, 4);
    operand->quantized_dimension = nn_view_i32(view, quantization, QUANTIZATION_DIMENSION, 0);
    operand->zero_point = 0;
    operand->scale = 0.0f;
    const uint32_t points = read_zero_points(view, quantization, operand);
    const bool is_activation = operand->type == EV_INT8 || operand->type == EV_UINT8 || operand->type == EV_INT16;
    if (is_activation && operand->scales.count > 0 && points != operand->scales.count) {
        nn_view_fail(view, EV_ERR_OPTION); /* as TensorFlow Lite: a scale needs its zero point */
    }
    if (operand->scales.count > 0) {
        operand->scale = nn_load_f32(view->data + operand->scales.position);
    } else {
        operand->zero_point = 0; /* without a scale it means nothing, to TensorFlow Lite Micro either */
    }
}

/* Sets `data` where the tensor's buffer has content, which makes it a constant. */
static void read_constant(nn_view_t *view, const ev_model_t *model, nn_table_t tensor, nn_operand_t *operand)
{
    uint32_t index = (uint32_t)nn_view_i32(view, tensor, TENSOR_BUFFER, 0);
    nn_table_t buffer = nn_view_table_at(view, model->buffers, index);
    nn_vector_t content = nn_view_vector(view, buffer, BUFFER_DATA, 1);
    operand->constant = content.count > 0;
    operand->data = NULL;
    if (nn_view_i32(view, buffer, BUFFER_OFFSET, 0) > 1) { /* data outside the flatbuffer */
        nn_view_fail(view, EV_ERR_OPTION);
    } else if (operand->constant && (content.count != operand->bytes || operand->variable)) {
        nn_view_fail(view, EV_ERR_MODEL_FORMAT);
    } else if (operand->constant) {
        operand->data = (uint8_t *)(uintptr_t)(view->data + content.position);
    }
}

ev_status_t nn_model_operand(const ev_model_t *model, int32_t index, nn_operand_t *operand)
{
    nn_view_t view = nn_model_view(model);
    nn_table_t tensor = nn_view_table_at(&view, model->tensors, (uint32_t)index);
    operand->type = nn_view_i8(&view, tensor, TENSOR_TYPE, EV_FLOAT32);
    operand->variable = nn_view_i8(&view, tensor, TENSOR_VARIABLE, 0) != 0;
    if (nn_view_has(&view, tensor, TENSOR_SPARSITY)) {
        nn_view_fail(&view, EV_ERR_OPTION);
    }
    read_shape(&view, tensor, operand);
    read_quantization(&view, tensor, operand);
    read_constant(&view, model, tensor, operand);
    if (view.status != EV_OK) {
        return view.status;
    }
    const nn_place_t *place = &nn_model_places(model)[index];
    if (!operand->constant && place->first <= place->last) {
        operand->data = (uint8_t *)(uintptr_t)model + place->offset;
    }
    return EV_OK;
}
