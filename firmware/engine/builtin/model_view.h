/* Reads the flatbuffer of a .tflite file in place, without trusting it.
 *
 * Every access is checked against the file's length. The first bad one is
 * remembered in `status` and from then on reads give zero and vectors are
 * empty, so callers check once, after a group of reads.
 */
#ifndef EV_MODEL_VIEW_H
#define EV_MODEL_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ev_status.h"

typedef struct {
    const uint8_t *data;
    uint32_t bytes;
    ev_status_t status;
} ev_view_t;

/* A flatbuffer table; position 0 stands for an absent one, whose fields all have their defaults. */
typedef struct {
    uint32_t position;
    uint32_t vtable;
    uint16_t vtable_bytes;
    uint16_t table_bytes;
} ev_table_t;

typedef struct {
    uint32_t position; /* of element 0 */
    uint32_t count;
} ev_vector_t;

ev_table_t ev_view_root(ev_view_t *view);
bool ev_view_has(ev_view_t *view, ev_table_t table, uint32_t field);
int32_t ev_view_i32(ev_view_t *view, ev_table_t table, uint32_t field, int32_t absent);
int32_t ev_view_i8(ev_view_t *view, ev_table_t table, uint32_t field, int32_t absent);
float ev_view_f32(ev_view_t *view, ev_table_t table, uint32_t field, float absent);
ev_table_t ev_view_table(ev_view_t *view, ev_table_t table, uint32_t field);
ev_vector_t ev_view_vector(ev_view_t *view, ev_table_t table, uint32_t field, uint32_t element_bytes);
/* Element `index` of a vector of tables. */
ev_table_t ev_view_table_at(ev_view_t *view, ev_vector_t vector, uint32_t index);
/* Element `index` of a vector of 32-bit integers; zero and an error status past the end. */
int32_t ev_view_i32_at(ev_view_t *view, ev_vector_t vector, uint32_t index);

void ev_view_fail(ev_view_t *view, ev_status_t status);

/* Loads that need no alignment: flatbuffers align, a damaged file does not. */
static inline int32_t ev_load_i32(const void *address)
{
    int32_t value;
    memcpy(&value, address, sizeof value);
    return value;
}

static inline uint32_t ev_load_u32(const void *address)
{
    uint32_t value;
    memcpy(&value, address, sizeof value);
    return value;
}

static inline float ev_load_f32(const void *address)
{
    float value;
    memcpy(&value, address, sizeof value);
    return value;
}

#endif
