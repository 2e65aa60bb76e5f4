#include "model_view.h"

enum { FILE_IDENTIFIER_OFFSET = 4, VTABLE_HEADER_BYTES = 4 };

static const uint8_t file_identifier[4] = {'T', 'F', 'L', '3'};

void ev_view_fail(ev_view_t *view, ev_status_t status)
{
    if (view->status == EV_OK) {
        view->status = status;
    }
}

static bool inside(ev_view_t *view, uint32_t position, uint32_t bytes)
{
    if (view->status == EV_OK && position <= view->bytes && bytes <= view->bytes - position) {
        return true;
    }
    ev_view_fail(view, EV_ERR_MODEL_TRUNCATED);
    return false;
}

static uint32_t read_u32(ev_view_t *view, uint32_t position)
{
    return inside(view, position, 4) ? ev_load_u32(view->data + position) : 0;
}

static uint16_t read_u16(ev_view_t *view, uint32_t position)
{
    uint16_t value = 0;
    if (inside(view, position, 2)) {
        memcpy(&value, view->data + position, sizeof value);
    }
    return value;
}

/* Follows the unsigned 32-bit offset stored at `position`; 0 on error. */
static uint32_t follow(ev_view_t *view, uint32_t position)
{
    uint32_t offset = read_u32(view, position);
    if (offset == 0 || !inside(view, position, offset)) {
        ev_view_fail(view, EV_ERR_MODEL_TRUNCATED);
        return 0;
    }
    return position + offset;
}

static ev_table_t table_at(ev_view_t *view, uint32_t position)
{
    ev_table_t absent = {0, 0, 0, 0};
    /* The table's first word is the signed distance back to its vtable. */
    uint32_t vtable = position - read_u32(view, position);
    ev_table_t table = {position, vtable, read_u16(view, vtable), read_u16(view, vtable + 2)};
    bool sane = table.vtable_bytes >= VTABLE_HEADER_BYTES && inside(view, vtable, table.vtable_bytes) &&
                inside(view, position, table.table_bytes);
    if (!sane) {
        ev_view_fail(view, EV_ERR_MODEL_FORMAT);
        return absent;
    }
    return table;
}

/* Position of a field's value, 0 where the field is absent. */
static uint32_t field_at(ev_view_t *view, ev_table_t table, uint32_t field, uint32_t bytes)
{
    uint32_t entry = VTABLE_HEADER_BYTES + 2 * field;
    if (table.position == 0 || entry + 2 > table.vtable_bytes) {
        return 0;
    }
    uint16_t offset = read_u16(view, table.vtable + entry);
    if (offset == 0) {
        return 0;
    }
    if (offset < 4 || offset + bytes > table.table_bytes) {
        ev_view_fail(view, EV_ERR_MODEL_FORMAT);
        return 0;
    }
    return table.position + offset;
}

ev_table_t ev_view_root(ev_view_t *view)
{
    bool identified = inside(view, 0, 8) &&
                      memcmp(view->data + FILE_IDENTIFIER_OFFSET, file_identifier, sizeof file_identifier) == 0;
    if (!identified) {
        ev_view_fail(view, EV_ERR_MODEL_FORMAT);
    }
    return table_at(view, follow(view, 0));
}

bool ev_view_has(ev_view_t *view, ev_table_t table, uint32_t field)
{
    return field_at(view, table, field, 1) != 0;
}

int32_t ev_view_i32(ev_view_t *view, ev_table_t table, uint32_t field, int32_t absent)
{
    uint32_t position = field_at(view, table, field, 4);
    return position ? ev_load_i32(view->data + position) : absent;
}

int32_t ev_view_i8(ev_view_t *view, ev_table_t table, uint32_t field, int32_t absent)
{
    uint32_t position = field_at(view, table, field, 1);
    return position ? (int8_t)view->data[position] : absent;
}

float ev_view_f32(ev_view_t *view, ev_table_t table, uint32_t field, float absent)
{
    uint32_t position = field_at(view, table, field, 4);
    return position ? ev_load_f32(view->data + position) : absent;
}

ev_table_t ev_view_table(ev_view_t *view, ev_table_t table, uint32_t field)
{
    ev_table_t absent = {0, 0, 0, 0};
    uint32_t position = field_at(view, table, field, 4);
    return position ? table_at(view, follow(view, position)) : absent;
}

ev_vector_t ev_view_vector(ev_view_t *view, ev_table_t table, uint32_t field, uint32_t element_bytes)
{
    ev_vector_t empty = {0, 0};
    uint32_t position = field_at(view, table, field, 4);
    if (position == 0) {
        return empty;
    }
    uint32_t start = follow(view, position);
    uint32_t count = read_u32(view, start);
    if (view->status != EV_OK || count > (view->bytes - start - 4) / element_bytes) {
        ev_view_fail(view, EV_ERR_MODEL_TRUNCATED);
        return empty;
    }
    ev_vector_t vector = {start + 4, count};
    return vector;
}

ev_table_t ev_view_table_at(ev_view_t *view, ev_vector_t vector, uint32_t index)
{
    ev_table_t absent = {0, 0, 0, 0};
    if (index >= vector.count) {
        ev_view_fail(view, EV_ERR_MODEL_FORMAT);
        return absent;
    }
    return table_at(view, follow(view, vector.position + 4 * index));
}

int32_t ev_view_i32_at(ev_view_t *view, ev_vector_t vector, uint32_t index)
{
    if (index >= vector.count) {
        ev_view_fail(view, EV_ERR_MODEL_FORMAT);
        return 0;
    }
    return ev_load_i32(view->data + vector.position + 4 * index);
}
