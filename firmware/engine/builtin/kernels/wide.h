/* Convolutions of int16 activations with int8 weights, and transposed convolutions of int8 and int16. Plain loops: no
 * scratch but the channels. */
#ifndef NN_WIDE_H
#define NN_WIDE_H

#include "kernels.h"

void nn_conv_s16(const nn_wide_args_t *args); /* FULLY_CONNECTED too: as pixels of one column */
void nn_depthwise_s16(const nn_wide_args_t *args);
void nn_transpose_conv_s8(const nn_wide_args_t *args);
void nn_transpose_conv_s16(const nn_wide_args_t *args);

#endif
