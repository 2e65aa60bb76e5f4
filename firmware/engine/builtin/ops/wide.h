/* Convolutions of int16 activations with int8 weights. */
#ifndef NN_OPS_WIDE_H
#define NN_OPS_WIDE_H

#include "ops/shared/channels.h"
#include "ops/shared/window.h"

/* Operand 0 is int16. */
bool nn_wide_is(const nn_op_t *op);

/* Fills op->args.wide from operands 0 to 2 but for the window; the scratch is the channels. `axis` is the filter's
 * dimension of output channels, `bias_type_field` the option that says how wide sums are where there is no bias, -1 =
 * there is none and they have 64 bits. */
bool nn_wide_fits(nn_op_t *op, int32_t axis, int32_t outputs, int32_t activation, int32_t bias_type_field);

ev_status_t nn_wide_check(const nn_op_t *op); /* nn_op_kind.check */
uint32_t nn_wide_scratch(const nn_op_t *op);  /* nn_op_kind.scratch_bytes */
int32_t nn_wide_gap(const nn_op_t *op);       /* of operand 0, for what works pixel by pixel */
void nn_wide_fill(const nn_op_t *op);         /* the channels, before the kernel; an int64 bias stays in the file */

#endif
