/* What operators of two inputs share. */
#ifndef NN_OPS_BROADCAST_H
#define NN_OPS_BROADCAST_H

#include "ops/ops.h"

/* The loops over two inputs that are broadcast to the output's shape; false where they cannot be. */
bool nn_op_broadcast(const nn_operand_t *a, const nn_operand_t *b, const nn_operand_t *output, nn_broadcast_t *loops);

/* Both inputs and the output are int8 or int16 with scales, and can be broadcast. Fills all of op->args.pair but the
 * function and the multipliers; the range is that of the output's type. */
bool nn_pair_fits(nn_op_t *op);

#endif
