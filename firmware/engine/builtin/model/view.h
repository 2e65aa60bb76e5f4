/* Reads the flatbuffer of a .tflite file in place, without trusting it.
 *
 * Every access is checked against the file's length. The first bad one is
 * remembered in `status` and from then on reads give zero and vectors are
 * empty, so callers check once, after a group of reads.
 */
#ifndef NN_VIEW_H
#define NN_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "ev_status.h"
#include "kernels/load.h"

typedef struct {
    const uint8_t *data;
    uint32_t bytes;
    ev_status_t status;
} nn_view_t;

/* A flatbuffer table; position 0 stands for an absent one, whose fields all have their defaults. */
typedef struct {
    uint32_t position;
    uint32_t vtable;
    uint16_t vtable_bytes;
    uint16_t table_bytes;
} nn_table_t;

typedef struct {
    uint32_t position; /* of element 0 */
    uint32_t count;
} nn_vector_t;

nn_table_t nn_view_root(nn_view_t *view);
bool nn_view_has(nn_view_t *view, nn_table_t table, uint32_t field);
int32_t nn_view_i32(nn_view_t *view, nn_table_t table, uint32_t field, int32_t absent);
int32_t nn_view_i8(nn_view_t *view, nn_table_t table, uint32_t field, int32_t absent);
float nn_view_f32(nn_view_t *view, nn_table_t table, uint32_t field, float absent);
nn_table_t nn_view_table(nn_view_t *view, nn_table_t table, uint32_t field);
nn_vector_t nn_view_vector(nn_view_t *view, nn_table_t table, uint32_t field, uint32_t element_bytes);
/* Element `index` of a vector of tables. */
nn_table_t nn_view_table_at(nn_view_t *view, nn_vector_t vector, uint32_t index);
/* Element `index` of a vector of 32-bit integers; zero and an error status past the end. */
int32_t nn_view_i32_at(nn_view_t *view, nn_vector_t vector, uint32_t index);

void nn_view_fail(nn_view_t *view, ev_status_t status);

#endif
