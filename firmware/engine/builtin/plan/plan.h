/* Turns a model's graph into buffers with lifetimes and writes their offsets into the model's places. */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include "ops/ops.h"

/* Checks every operator and finds when each tensor is needed. On error *op_index and *op_code say where. */
ev_status_t nn_plan_lifetimes(ev_model_t *model, ev_error_t *error);

/* Places tensors and scratch buffers behind the model's state, using free arena to work in. Sets used_bytes;
 * EV_ERR_ARENA with the bytes needed in error->detail where they do not fit. */
ev_status_t nn_plan_place(ev_model_t *model, uint32_t arena_bytes, ev_error_t *error);

/* Gives variable tensors the value zero that they have before the first inference. */
void nn_plan_reset_state(ev_model_t *model);

/* Bytes of the arena in use while operator `index` runs. */
uint32_t nn_plan_live_bytes(const ev_model_t *model, uint32_t index);

#endif
