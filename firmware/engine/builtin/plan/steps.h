/* What invoke runs: for each operator the args of its kernel, kept in RAM behind the model's tables, so that the file
 * is not read again. An operator that needs `eval` is read from the file each time. */
#ifndef NN_STEPS_H
#define NN_STEPS_H

#include "ops/ops.h"

/* Of all steps, the same on every machine. Every operator has been read without error. */
uint32_t nn_steps_bytes(const ev_model_t *model);

/* Prepares every operator, when its tensors have their places. */
ev_status_t nn_steps_write(const ev_model_t *model, ev_error_t *error);

/* Runs operator `index`, whose step begins at *step, and moves *step behind it. */
ev_status_t nn_step_run(const ev_model_t *model, uint32_t index, const uint32_t **step, ev_error_t *error);

#endif
