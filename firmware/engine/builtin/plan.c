#include "plan.h"

#include "arena.h"

/* More than this in one inference is no model for a microcontroller. */
static const uint64_t max_work = 1u << 31;
static const uint32_t max_buffer_bytes = 1u << 30;

static int32_t tensor_at(const ev_model_t *model, ev_vector_t vector, uint32_t index)
{
    ev_view_t view = ev_model_view(model);
    return ev_view_i32_at(&view, vector, index);
}

/* The slot of a tensor that lives in the arena; NULL for a constant, or for one that is not there at all. */
static ev_slot_t *slot_of(const ev_model_t *model, int32_t tensor, ev_status_t *status)
{
    ev_operand_t operand;
    *status = ev_model_operand(model, tensor, &operand);
    return *status != EV_OK || operand.constant ? NULL : &ev_model_slots(model)[tensor];
}

static bool in_use(const ev_slot_t *slot)
{
    return slot->first <= slot->last;
}

static ev_status_t open_inputs(ev_model_t *model)
{
    for (uint32_t i = 0; i < model->inputs.count; i++) {
        ev_status_t status;
        ev_slot_t *slot = slot_of(model, tensor_at(model, model->inputs, i), &status);
        if (slot == NULL) {
            return status != EV_OK ? status : EV_ERR_MODEL_FORMAT;
        }
        slot->first = slot->last = 0;
    }
    return EV_OK;
}

/* Whoever reads a tensor keeps it alive; it must have been written before. */
static ev_status_t extend(const ev_model_t *model, ev_vector_t tensors, uint32_t last)
{
    for (uint32_t i = 0; i < tensors.count; i++) {
        ev_status_t status;
        int32_t tensor = tensor_at(model, tensors, i);
        ev_slot_t *slot = tensor == -1 ? NULL : slot_of(model, tensor, &status);
        if (tensor != -1 && slot == NULL && status != EV_OK) {
            return status;
        }
        if (slot && !in_use(slot)) {
            return EV_ERR_MODEL_FORMAT;
        }
        if (slot) {
            slot->last = (uint16_t)last;
        }
    }
    return EV_OK;
}

static ev_status_t visit(ev_model_t *model, uint32_t index, ev_op_t *op, uint64_t *work)
{
    ev_status_t status = ev_op_read(model, index, op);
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
    ev_slot_t *slot = &ev_model_slots(model)[tensor_at(model, op->outputs, 0)];
    if (in_use(slot) || op->work > max_work || *work > max_work) {
        return in_use(slot) ? EV_ERR_MODEL_FORMAT : EV_ERR_OPTION;
    }
    slot->first = slot->last = (uint16_t)index;
    return EV_OK;
}

ev_status_t ev_plan_lifetimes(ev_model_t *model, ev_error_t *error)
{
    uint64_t work = 0;
    ev_op_t op;
    for (uint32_t i = 0; i < model->tensors.count; i++) {
        ev_slot_t unused = {0, UINT16_MAX, 0};
        ev_model_slots(model)[i] = unused;
    }
    ev_status_t status = open_inputs(model);
    for (uint32_t i = 0; status == EV_OK && i < model->operators.count; i++) {
        ev_model_scratch(model)[i] = 0;
        status = visit(model, i, &op, &work);
        error->op_index = status == EV_OK ? -1 : (int32_t)i;
        error->op_code = status == EV_OK ? -1 : op.code;
    }
    return status == EV_OK ? extend(model, model->outputs, model->operators.count) : status;
}

/* One buffer for each tensor in the arena; its slot's offset holds the buffer's number meanwhile. */
static ev_status_t add_tensors(ev_model_t *model, ev_buffer_t *buffers, uint32_t room, uint32_t *count)
{
    ev_slot_t *slots = ev_model_slots(model);
    for (uint32_t i = 0; i < model->tensors.count; i++) {
        ev_operand_t operand;
        if (!in_use(&slots[i])) {
            continue;
        }
        if (*count == room) {
            return EV_ERR_ARENA;
        }
        (void)ev_model_operand(model, (int32_t)i, &operand); /* read without error before */
        ev_buffer_t buffer = {
            .bytes = ev_align(operand.bytes, EV_BUFFER_ALIGN), .first = slots[i].first, .last = slots[i].last,
            .overlaps = {{.input = EV_NO_BUFFER}, {.input = EV_NO_BUFFER}},
        };
        slots[i].offset = *count;
        buffers[(*count)++] = buffer;
    }
    return EV_OK;
}

/* Lets the output take the place of inputs that die with this operator. */
static void add_overlaps(const ev_op_t *op, uint32_t index, ev_buffer_t *buffers)
{
    const ev_slot_t *slots = ev_model_slots(op->model);
    ev_buffer_t *output = &buffers[slots[tensor_at(op->model, op->outputs, 0)].offset];
    uint32_t used = 0;
    for (uint32_t i = 0; op->kind->overwrite_gap && i < op->operand_count && used < EV_MAX_OVERLAPS; i++) {
        const ev_slot_t *slot = &slots[tensor_at(op->model, op->inputs, i)];
        bool dies = !op->operands[i].constant && slot->last == index;
        int32_t gap = dies ? op->kind->overwrite_gap(op, i) : EV_NO_OVERWRITE;
        if (gap != EV_NO_OVERWRITE) {
            ev_overlap_t *overlap = &output->overlaps[used++];
            overlap->input = (uint16_t)slot->offset;
            overlap->same_start = gap == EV_SAME_START;
            overlap->gap = overlap->same_start ? 0 : ev_align((uint32_t)gap, EV_BUFFER_ALIGN);
        }
    }
}

/* Overlaps, and one buffer for each operator's scratch; its number is kept in the scratch table meanwhile. */
static ev_status_t add_operators(ev_model_t *model, ev_buffer_t *buffers, uint32_t room, uint32_t *count)
{
    ev_op_t op;
    for (uint32_t i = 0; i < model->operators.count; i++) {
        (void)ev_op_read(model, i, &op); /* read without error before */
        add_overlaps(&op, i, buffers);
        uint32_t bytes = op.kind->scratch_bytes ? op.kind->scratch_bytes(&op) : 0;
        ev_model_scratch(model)[i] = EV_NO_BUFFER;
        if (bytes == 0) {
            continue;
        }
        if (*count == room) {
            return EV_ERR_ARENA;
        }
        ev_buffer_t buffer = {
            .bytes = ev_align(bytes, EV_BUFFER_ALIGN), .first = (uint16_t)i, .last = (uint16_t)i,
            .overlaps = {{.input = EV_NO_BUFFER}, {.input = EV_NO_BUFFER}},
        };
        ev_model_scratch(model)[i] = *count;
        buffers[(*count)++] = buffer;
    }
    return EV_OK;
}

static void write_back(ev_model_t *model, const ev_buffer_t *buffers)
{
    for (uint32_t i = 0; i < model->tensors.count; i++) {
        ev_slot_t *slot = &ev_model_slots(model)[i];
        if (in_use(slot)) {
            slot->offset = model->state_bytes + (uint32_t)buffers[slot->offset].offset;
        }
    }
    for (uint32_t i = 0; i < model->operators.count; i++) {
        uint32_t *scratch = &ev_model_scratch(model)[i];
        *scratch = model->state_bytes + (*scratch == EV_NO_BUFFER ? 0 : (uint32_t)buffers[*scratch].offset);
    }
}

static bool sizes_add_up(const ev_buffer_t *buffers, uint32_t count)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += buffers[i].bytes;
    }
    return total <= max_buffer_bytes;
}

ev_status_t ev_plan_place(ev_model_t *model, uint32_t arena_bytes, ev_error_t *error)
{
    ev_buffer_t *buffers = (ev_buffer_t *)(void *)((uint8_t *)model + model->state_bytes);
    uint32_t room = (arena_bytes - model->state_bytes) / sizeof(ev_buffer_t), count = 0;
    ev_status_t status = add_tensors(model, buffers, room, &count);
    if (status == EV_OK) {
        status = add_operators(model, buffers, room, &count);
    }
    uint32_t tables = model->state_bytes + count * (uint32_t)sizeof(ev_buffer_t);
    if (status != EV_OK || !sizes_add_up(buffers, count)) {
        /* More than can be known here; at least room for the remaining tables. */
        error->detail = status != EV_OK ? (int32_t)(tables + arena_bytes) : INT32_MAX;
        return EV_ERR_ARENA;
    }
    uint32_t placed = model->state_bytes + ev_arena_plan(buffers, count);
    model->used_bytes = placed > tables ? placed : tables;
    write_back(model, buffers);
    error->detail = (int32_t)model->used_bytes;
    return model->used_bytes <= arena_bytes ? EV_OK : EV_ERR_ARENA;
}

/* The lowest byte at or above `from` that a live buffer covers, and the end of that buffer; false where there is
 * none. */
static bool next_live(const ev_model_t *model, uint32_t index, uint32_t scratch_bytes, uint32_t *from,
                      uint32_t *end)
{
    uint32_t start = UINT32_MAX;
    for (uint32_t i = 0; i <= model->tensors.count; i++) {
        const ev_slot_t *slot = &ev_model_slots(model)[i];
        uint32_t offset = ev_model_scratch(model)[index], bytes = scratch_bytes;
        if (i < model->tensors.count) {
            ev_operand_t operand;
            bool live = slot->first <= index && index <= slot->last;
            if (!live || ev_model_operand(model, (int32_t)i, &operand) != EV_OK) {
                continue;
            }
            offset = slot->offset;
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

uint32_t ev_plan_live_bytes(const ev_model_t *model, uint32_t index)
{
    ev_op_t op;
    if (ev_op_read(model, index, &op) != EV_OK) {
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
