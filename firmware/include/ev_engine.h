/* The one interface between firmware and inference engines.
 *
 * An engine runs an unmodified int8 .tflite file. The caller owns all memory:
 * the model bytes, which are read in place and must stay valid and unchanged
 * while the model is open, and the arena, which holds the engine's own state
 * too. There is no heap and, except in engine tflm, no static mutable state, so
 * several models may be open in several arenas.
 */
#ifndef EV_ENGINE_H
#define EV_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "ev_status.h"

#define EV_MAX_RANK 6
#define EV_ARENA_ALIGN 16u /* bytes; of the arena and of the model */

/* TensorType numbers of the TFLite schema. */
typedef enum {
    EV_FLOAT32 = 0,
    EV_INT32 = 2,
    EV_UINT8 = 3,
    EV_INT64 = 4,
    EV_BOOL = 6,
    EV_INT16 = 7,
    EV_INT8 = 9
} ev_type_t;

typedef struct {
    void *data;
    uint32_t bytes;
    int32_t type; /* ev_type_t */
    int32_t rank;
    int32_t dims[EV_MAX_RANK];
    float scale;        /* per tensor; 0 where the tensor is not quantized */
    int32_t zero_point;
} ev_tensor_t;

typedef struct {
    uint32_t input_count;
    uint32_t output_count;
    uint32_t op_count;
    uint32_t arena_used_bytes; /* high-water mark: state, tensors and scratch */
    uint32_t arena_state_bytes; /* of these: the engine's own state, needed as long as the model is open */
} ev_stats_t;

typedef struct {
    int32_t op_code;       /* BuiltinOperator number */
    uint32_t output_count;
    uint32_t live_bytes; /* arena bytes in use while this operator runs: state, live tensors, scratch; 0: unknown */
} ev_op_info_t;

/* Called around every operator of an invoke, for profiles and for looking at
 * intermediate tensors. `after` is 0 before the operator and 1 after it. */
typedef void (*ev_observer_fn)(void *context, uint32_t op_index, int after);

typedef struct ev_model ev_model_t; /* lives in the arena */

typedef struct {
    const char *name; /* "builtin", "tflm" */
    const char *version;

    /* Check the whole model, plan the arena, prepare every operator. On error
     * fills *error and leaves *model alone. */
    ev_status_t (*open)(ev_model_t **model, const uint8_t *file, uint32_t file_bytes, uint8_t *arena,
                        uint32_t arena_bytes, ev_error_t *error);
    ev_status_t (*input)(ev_model_t *model, uint32_t index, ev_tensor_t *tensor);
    ev_status_t (*output)(ev_model_t *model, uint32_t index, ev_tensor_t *tensor);
    /* `observer` may be NULL. */
    ev_status_t (*invoke)(ev_model_t *model, ev_observer_fn observer, void *context, ev_error_t *error);
    ev_status_t (*stats)(const ev_model_t *model, ev_stats_t *stats);
    ev_status_t (*op_info)(const ev_model_t *model, uint32_t op_index, ev_op_info_t *info);
    /* Valid only inside the observer's call after `op_index`. */
    ev_status_t (*op_output)(ev_model_t *model, uint32_t op_index, uint32_t index, ev_tensor_t *tensor);
} ev_engine_t;

extern const ev_engine_t ev_engine_builtin;

#endif
