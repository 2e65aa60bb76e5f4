/* Operators of two inputs, int8 or int16, one element after the other, with broadcasting: those that no faster kernel
 * serves. */
#ifndef NN_PAIRS_H
#define NN_PAIRS_H

#include "kernels.h"

int32_t nn_pair_add(const nn_pair_args_t *args, int32_t a, int32_t b); /* and SUB */
int32_t nn_pair_mul(const nn_pair_args_t *args, int32_t a, int32_t b);
int32_t nn_pair_prelu(const nn_pair_args_t *args, int32_t a, int32_t b);
int32_t nn_pair_maximum(const nn_pair_args_t *args, int32_t a, int32_t b);
int32_t nn_pair_minimum(const nn_pair_args_t *args, int32_t a, int32_t b);

/* Applies args->value to every pair of elements. */
void nn_pairs(const nn_pair_args_t *args);

#endif
