/* What operators that move elements share. */
#ifndef NN_OPS_MOVES_H
#define NN_OPS_MOVES_H

#include "ops/ops.h"

/* int8, int16, int32 or float32, with or without a scale. */
bool nn_op_is_movable(const nn_operand_t *operand);

int32_t nn_op_element_bytes(const nn_operand_t *operand);

/* The arguments of a copy of one element from the start of operand 0 to the output. */
void nn_op_copy_all(nn_op_t *op);

/* Adds a loop around the `used` first ones, merged with the last where the two are contiguous; how many there are. */
int32_t nn_op_copy_append(nn_copy_args_t *args, int32_t used, int32_t count, int32_t stride);

/* A constant int32 scalar as a dimension of `rank`, from the end where it is negative; -1 where it is none. */
int32_t nn_op_axis(const nn_operand_t *axis, int32_t rank);

/* The product of the operand's dimensions from `first` to before `end`. */
uint32_t nn_op_product(const nn_operand_t *operand, int32_t first, int32_t end);

#endif
