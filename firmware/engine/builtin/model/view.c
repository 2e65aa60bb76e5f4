#include "view.h"

enum { FILE_IDENTIFIER_OFFSET = 4, VTABLE_HEADER_BYTES = 4 };

static const uint8_t file_identifier[4] = {'T', 'F', 'L', '3'};

void nn_view_fail(nn_view_t *view, ev_status_t status)
{
    if (view->status == EV_OK) {
        view->status = status;
    }
}

static bool inside(nn_view_t *view, uint32_t position, uint32_t bytes)
{
    if (view->status == EV_OK && position <= view->bytes && bytes <= view->bytes - position) {
        return true;
    }
    nn_view_fail(view, EV_ERR_MODEL_TRUNCATED);
    return false;
}

static uint32_t read_u32(nn_view_t *view, uint32_t position)
{
    return inside(view, position, 4) ? nn_load_u32(view->data + position) : 0;
}

static uint16_t read_u16(nn_view_t *view, uint32_t position)
{
    uint16_t value = 0;
    if (inside(view, position, 2)) {
        memcpy(&value, view->data + position, sizeof value);
    }
    return value;
}

/* Follows the unsigned 32-bit offset stored at `position`; 0 on error. */
static uint32_t follow(nn_view_t *view, uint32_t position)
{
    uint32_t offset = read_u32(view, position);
    if (offset == 0 || !inside(view, position, offset)) {
        nn_view_fail(view, EV_ERR_MODEL_TRUNCATED);
        return 0;
    }
    return position + offset;
}

static nn_table_t table_at(nn_view_t *view, uint32_t position)
{
    nn_table_t absent = {0, 0, 0, 0};
    /* The table's first word is the signed distance back to its vtable. */
    uint32_t vtable = position - read_u32(view, position);
    nn_table_t table = {position, vtable, read_u16(view, vtable), read_u16(view, vtable + 2)};
    bool sane = table.vtable_bytes >= VTABLE_HEADER_BYTES && inside(view, vtable, table.vtable_bytes) &&
                inside(view, position, table.table_bytes);
    if (!sane) {
        nn_view_fail(view, EV_ERR_MODEL_FORMAT);
        return absent;
    }
    return table;
}

/* Position of a field's value, 0 if the field is absent. */
static uint32_t field_at(nn_view_t *view, nn_table_t table, uint32_t field, uint32_t bytes)
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
        nn_view_fail(view, EV_ERR_MODEL_FORMAT);
        return 0;
    }
    return table.position + offset;
}

nn_table_t nn_view_root(nn_view_t *view)
{
    bool identified = inside(view, 0, 8) &&
                      memcmp(view->data + FILE_IDENTIFIER_OFFSET, file_identifier, sizeof file_identifier) == 0;
    if (!identified) {
        nn_view_fail(view, EV_ERR_MODEL_FORMAT);
    }
    return table_at(view, follow(view, 0));
}

bool nn_view_has(nn_view_t *view, nn_table_t table, uint32_t field)
{
    return field_at(view, table, field, 1) != 0;
}

int32_t nn_view_i32(nn_view_t *view, nn_table_t table, uint32_t field, int32_t absent)
{
    uint32_t position = field_at(view, table, field, 4);
    return position ? nn_load_i32(view->data + position) : absent;
}

int32_t nn_view_i8(nn_view_t *view, nn_table_t table, uint32_t field, int32_t absent)
{
    uint32_t position = field_at(view, table, field, 1);
    return position ? (int8_t)view->data[position] : absent;
}

float nn_view_f32(nn_view_t *view, nn_table_t table, uint32_t field, float absent)
{
    uint32_t position = field_at(view, table, field, 4);
    return position ? nn_load_f32(view->data + position) : absent;
}

nn_table_t nn_view_table(nn_view_t *view, nn_table_t table, uint32_t field)
{
    nn_table_t absent = {0, 0, 0, 0};
    uint32_t position = field_at(view, table, field, 4);
    return position ? table_at(view, follow(view, position)) : absent;
}

nn_vector_t nn_view_vector(nn_view_t *view, nn_table_t table, uint32_t field, uint32_t element_bytes)
{
    nn_vector_t empty = {0, 0};
    uint32_t position = field_at(view, table, field, 4);
    if (position == 0) {
        return empty;
    }
    uint32_t start = follow(view, position);
    uint32_t count = read_u32(view, start);
    if (view->status != EV_OK || count > (view->bytes - start - 4) / element_bytes) {
        nn_view_fail(view, EV_ERR_MODEL_TRUNCATED);
        return empty;
    }
    nn_vector_t vector = {start + 4, count};
    return vector;
}

nn_table_t nn_view_table_at(nn_view_t *view, nn_vector_t vector, uint32_t index)
{
    nn_table_t absent = {0, 0, 0, 0};
    if (index >= vector.count) {
        nn_view_fail(view, EV_ERR_MODEL_FORMAT);
        return absent;
    }
    return table_at(view, follow(view, vector.position + 4 * index));
}

int32_t nn_view_i32_at(nn_view_t *view, nn_vector_t vector, uint32_t index)
{
    if (index >= vector.count) {
        nn_view_fail(view, EV_ERR_MODEL_FORMAT);
        return 0;
    }
    return nn_load_i32(view->data + vector.position + 4 * index);
}
