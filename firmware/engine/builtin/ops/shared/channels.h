/* Requantization for each output channel: of convolutions, and of fully connected layers quantized per channel.
 *
 * Operand 0 is the input, 1 the filter, 2 the bias, which may be missing. */
#ifndef NN_CHANNELS_H
#define NN_CHANNELS_H

#include "kernels/quant.h"
#include "ops/ops.h"

/* The filter is a constant with one scale, or one for each of `count` channels along dimension `axis`, and
 * zero point 0; a bias is a constant vector of `count`, int32 or, where activations are int16, int64 or int16. */
bool nn_channels_fit(const nn_op_t *op, int32_t axis, int32_t count);

/* Every scale is usable. */
ev_status_t nn_channels_check(const nn_op_t *op, int32_t count);
/* The same, and no multiplier's shift is larger. */
ev_status_t nn_channels_check_limit(const nn_op_t *op, int32_t count, int32_t max_shift);

/* What nn_channels_fill needs, from the tensors of `op`. */
nn_channel_source_t nn_channels_source(const nn_op_t *op);
const uint8_t *nn_channels_scales(const nn_op_t *op);
const uint8_t *nn_channels_bias(const nn_op_t *op);

/* Computed whenever the operator runs, about fifty instructions per channel, so that they need not all be kept in
 * RAM. */
void nn_channels_fill(const nn_channel_source_t *source, const uint8_t *scales, const uint8_t *bias,
                      nn_channel_t *channels, int32_t count);

#endif
