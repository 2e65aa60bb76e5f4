/* Rescaling between integer types where no kernel for int8 and uint8 serves. */
#ifndef NN_CONVERT_H
#define NN_CONVERT_H

#include "ops.h"

/* Operand 0 or the output is int16 or int32, and operand 0 is an integer. */
bool nn_convert_is(const nn_op_t *op);

/* QUANTIZE between the integer types that the reference has pairs of; RELU and RELU6 of int16. */
ev_status_t nn_convert_quantize(nn_op_t *op);
ev_status_t nn_convert_relu(nn_op_t *op);
ev_status_t nn_convert_relu6(nn_op_t *op);

#endif
