#include "plan.h"

#include "arena.h"

/* A model with more work than this per inference is refused. */
static const uint64_t max_work = 1u << 31;
static const uint32_t max_buffer_bytes = 1u << 30;

static int32_t tensor_at(const ev_model_t *model, nn_vector_t vector, uint32_t index)
{
    nn_view_t view = nn_model_view(model);
    return nn_view_i32_at(&view, vector, index);
}

/* The place of a tensor that lives in the arena; NULL for a constant or a tensor that does not exist. */
static nn_place_t *place_of(const ev_model_t *model, int32_t tensor, bool *variable, ev_status_t *status)
{
    nn_operand_t operand;
    *status = nn_model_operand(model, tensor, &operand);
    *variable = *status == EV_OK && operand.variable;
    return *status != EV_OK || operand.constant ? NULL : &nn_model_places(model)[tensor];
}

static bool in_use(const nn_place_t *place)
{
    return place->first <= place->last;
}

static ev_status_t open_inputs(ev_model_t *model)
{
    for (uint32_t i = 0; i < model->inputs.count; i++) {
        ev_status_t status;
        bool variable;
        nn_place_t *place = place_of(model, tensor_at(model, model->inputs, i), &variable, &status);
        if (place == NULL || variable) {
            return status != EV_OK ? status : EV_ERR_MODEL_FORMAT;
        }
        place->first = place->last = 0;
    }
    return EV_OK;
}

/* A tensor lives until its last reader, and must have been written before the first; a variable one lives always. */
static ev_status_t extend(const ev_model_t *model, nn_vector_t tensors, uint32_t last)
{
    for (uint32_t i = 0; i < tensors.count; i++) {
        ev_status_t status = EV_OK;
        bool variable = false;
        int32_t tensor = tensor_at(model, tensors, i);
        nn_place_t *place = tensor == -1 ? NULL : place_of(model, tensor, &variable, &status);
        if (status != EV_OK) {
            return status;
        }
        if (place && variable) {
            place->first = 0;
            place->last = (uint16_t)model->operators.count;
            continue;
        }
        if (place && !in_use(place)) {
            return EV_ERR_MODEL_FORMAT;
        }
        if (place) {
            place->last = (uint16_t)last;
        }
    }
    return EV_OK;
}

/* An operator may leave out an input, which -1 says; a model's output is a tensor. */
static ev_status_t keep_outputs(const ev_model_t *model)
{
    for (uint32_t i = 0; i < model->outputs.count; i++) {
        if (tensor_at(model, model->outputs, i) == -1) {
            return EV_ERR_MODEL_FORMAT;
        }
    }
    return extend(model, model->outputs, model->operators.count);
}

/* Every output is written here for the first time. */
static ev_status_t begin_outputs(const nn_op_t *op, uint32_t index)
{
    for (uint32_t i = 0; i < op->outputs.count; i++) {
        nn_operand_t output;
        ev_status_t status = nn_op_result(op, i, &output);
        if (status != EV_OK) {
            return status;
        }
        nn_place_t *place = &nn_model_places(op->model)[tensor_at(op->model, op->outputs, i)];
        if (in_use(place)) {
            return EV_ERR_MODEL_FORMAT;
        }
        place->first = place->last = (uint16_t)index;
    }
    return EV_OK;
}

static ev_status_t visit(ev_model_t *model, uint32_t index, nn_op_t *op, uint64_t *work)
{
    ev_status_t status = nn_op_read(model, index, op);
    if (status == EV_OK && op->kind->check) {
        status = op->kind->check(op);
    }
    if (status == EV_OK) {
        status = extend(model, op->inputs, index);
    }
    if (status != EV_OK) {
        return status;
    }
    *work += op->work;
    status = begin_outputs(op, index);
    return status == EV_OK && (op->work > max_work || *work > max_work) ? EV_ERR_OPTION : status;
}

ev_status_t nn_plan_lifetimes(ev_model_t *model, ev_error_t *error)
{
    uint64_t work = 0;
    nn_op_t op;
    for (uint32_t i = 0; i < model->tensors.count; i++) {
        nn_place_t unused = {0, UINT16_MAX, 0};
        nn_model_places(model)[i] = unused;
    }
    ev_status_t status = open_inputs(model);
    for (uint32_t i = 0; status == EV_OK && i < model->operators.count; i++) {
        nn_model_scratch(model)[i] = 0;
        status = visit(model, i, &op, &work);
        error->op_index = status == EV_OK ? -1 : (int32_t)i;
        error->op_code = status == EV_OK ? -1 : op.code;
    }
    return status == EV_OK ? keep_outputs(model) : status;
}

/* One buffer for each tensor in the arena; until write_back, its place's offset holds the buffer's number. */
static ev_status_t add_tensors(ev_model_t *model, nn_buffer_t *buffers, uint32_t room, uint32_t *count)
{
    nn_place_t *places = nn_model_places(model);
    for (uint32_t i = 0; i < model->tensors.count; i++) {
        nn_operand_t operand;
        if (!in_use(&places[i])) {
            continue;
        }
        if (*count == room) {
            return EV_ERR_ARENA;
        }
        (void)nn_model_operand(model, (int32_t)i, &operand); /* read without error before */
        nn_buffer_t buffer = {
            .bytes = nn_align(operand.bytes, NN_BUFFER_ALIGN),
            .first = places[i].first,
            .last = places[i].last,
            .overlaps = {{.input = NN_NO_BUFFER}, {.input = NN_NO_BUFFER}},
        };
        places[i].offset = *count;
        buffers[(*count)++] = buffer;
    }
    return EV_OK;
}

/* Lets the output take the place of inputs that die with this operator. */
static void add_overlaps(const nn_op_t *op, uint32_t index, nn_buffer_t *buffers)
{
    const nn_place_t *places = nn_model_places(op->model);
    nn_buffer_t *output = &buffers[places[tensor_at(op->model, op->outputs, 0)].offset];
    uint32_t used = 0;
    for (uint32_t i = 0; op->kind->overwrite_gap && i < op->operand_count && used < NN_MAX_OVERLAPS; i++) {
        const nn_place_t *place = &places[tensor_at(op->model, op->inputs, i)];
        bool dies = !op->operands[i].constant && place->last == index;
        int32_t gap = dies ? op->kind->overwrite_gap(op, i) : NN_NO_OVERWRITE;
        if (gap != NN_NO_OVERWRITE) {
            nn_overlap_t *overlap = &output->overlaps[used++];
            overlap->input = (uint16_t)place->offset;
            overlap->same_start = gap == NN_SAME_START;
            overlap->gap = overlap->same_start ? 0 : nn_align((uint32_t)gap, NN_BUFFER_ALIGN);
        }
    }
}

/* Overlaps, and one buffer for each operator's scratch; until write_back, the scratch table holds its number. */
static ev_status_t add_operators(ev_model_t *model, nn_buffer_t *buffers, uint32_t room, uint32_t *count)
{
    nn_op_t op;
    for (uint32_t i = 0; i < model->operators.count; i++) {
        (void)nn_op_read(model, i, &op); /* read without error before */
        add_overlaps(&op, i, buffers);
        uint32_t bytes = op.kind->scratch_bytes ? op.kind->scratch_bytes(&op) : 0;
        nn_model_scratch(model)[i] = NN_NO_BUFFER;
        if (bytes == 0) {
            continue;
        }
        if (*count == room) {
            return EV_ERR_ARENA;
        }
        nn_buffer_t buffer = {
            .bytes = nn_align(bytes, NN_BUFFER_ALIGN),
            .first = (uint16_t)i,
            .last = (uint16_t)i,
            .overlaps = {{.input = NN_NO_BUFFER}, {.input = NN_NO_BUFFER}},
        };
        nn_model_scratch(model)[i] = *count;
        buffers[(*count)++] = buffer;
    }
    return EV_OK;
}

static void write_back(ev_model_t *model, const nn_buffer_t *buffers)
{
    for (uint32_t i = 0; i < model->tensors.count; i++) {
        nn_place_t *place = &nn_model_places(model)[i];
        if (in_use(place)) {
            place->offset = model->state_bytes + (uint32_t)buffers[place->offset].offset;
        }
    }
    for (uint32_t i = 0; i < model->operators.count; i++) {
        uint32_t *scratch = &nn_model_scratch(model)[i];
        *scratch = model->state_bytes + (*scratch == NN_NO_BUFFER ? 0 : (uint32_t)buffers[*scratch].offset);
    }
}

static bool sizes_add_up(const nn_buffer_t *buffers, uint32_t count)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += buffers[i].bytes;
    }
    return total <= max_buffer_bytes;
}

ev_status_t nn_plan_place(ev_model_t *model, uint32_t arena_bytes, ev_error_t *error)
{
    nn_buffer_t *buffers = (nn_buffer_t *)(void *)((uint8_t *)model + model->state_bytes);
    uint32_t room = (arena_bytes - model->state_bytes) / sizeof(nn_buffer_t), count = 0;
    ev_status_t status = add_tensors(model, buffers, room, &count);
    if (status == EV_OK) {
        status = add_operators(model, buffers, room, &count);
    }
    uint32_t tables = model->state_bytes + count * (uint32_t)sizeof(nn_buffer_t);
    if (status != EV_OK || !sizes_add_up(buffers, count)) {
        /* The exact need is not known here; the figure leaves room for the remaining tables. */
        error->detail = status != EV_OK ? (int32_t)(tables + arena_bytes) : INT32_MAX;
        return EV_ERR_ARENA;
    }
    uint32_t placed = model->state_bytes + nn_arena_plan(buffers, count);
    model->used_bytes = placed > tables ? placed : tables;
    write_back(model, buffers);
    error->detail = (int32_t)model->used_bytes;
    return model->used_bytes <= arena_bytes ? EV_OK : EV_ERR_ARENA;
}

void nn_plan_reset_state(ev_model_t *model)
{
    for (uint32_t i = 0; i < model->tensors.count; i++) {
        nn_operand_t operand;
        bool used = in_use(&nn_model_places(model)[i]) && nn_model_operand(model, (int32_t)i, &operand) == EV_OK;
        if (used && operand.variable) {
            memset(operand.data, operand.type == EV_INT8 ? operand.zero_point : 0, operand.bytes);
        }
    }
}

/* The lowest byte at or above `from` that a live buffer covers, and the end of that buffer; false where there is
 * none. */
static bool next_live(const ev_model_t *model, uint32_t index, uint32_t scratch_bytes, uint32_t *from, uint32_t *end)
{
    uint32_t start = UINT32_MAX;
    for (uint32_t i = 0; i <= model->tensors.count; i++) {
        const nn_place_t *place = &nn_model_places(model)[i];
        uint32_t offset = nn_model_scratch(model)[index], bytes = scratch_bytes;
        if (i < model->tensors.count) {
            nn_operand_t operand;
            bool live = place->first <= index && index <= place->last;
            if (!live || nn_model_operand(model, (int32_t)i, &operand) != EV_OK) {
                continue;
            }
            offset = place->offset;
            bytes = operand.bytes;
        }
        if (offset + bytes > *from && offset < start) {
            start = offset;
            *end = offset + bytes;
        }
    }
    *from = start > *from ? start : *from;
    return start != UINT32_MAX;
}

uint32_t nn_plan_live_bytes(const ev_model_t *model, uint32_t index)
{
    nn_op_t op;
    if (nn_op_read(model, index, &op) != EV_OK) {
        return 0;
    }
    uint32_t scratch = op.kind->scratch_bytes ? op.kind->scratch_bytes(&op) : 0;
    uint32_t from = model->state_bytes, end = 0, live = model->state_bytes;
    while (next_live(model, index, scratch, &from, &end)) {
        live += end - from;
        from = end;
    }
    return live;
}
