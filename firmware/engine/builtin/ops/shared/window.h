/* What CONV_2D, DEPTHWISE_CONV_2D and the pools share: a window that slides over NHWC input. */
#ifndef NN_WINDOW_H
#define NN_WINDOW_H

#include "ops/ops.h"

typedef struct {
    int32_t padding; /* Padding number of the schema: 0 = SAME, 1 = VALID */
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t filter_h, filter_w;
} nn_window_options_t;

/* False if the options are impossible or do not give the output's shape. */
bool nn_window(const nn_window_options_t *options, const nn_operand_t *input, const nn_operand_t *output,
               nn_window_t *window);

/* nn_op_kind.overwrite_gap of an operator that computes output pixels in order. */
int32_t nn_window_gap(const nn_window_t *window);

#endif
