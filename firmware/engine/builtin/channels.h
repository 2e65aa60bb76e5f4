/* Requantization for each output channel: of convolutions, and of fully connected layers quantized per channel.
 *
 * Operand 0 is the input, 1 the filter, 2 the bias, which may be missing. */
#ifndef EV_CHANNELS_H
#define EV_CHANNELS_H

#include "ops.h"
#include "quant.h"

/* The filter is a constant with one scale, or one for each of `count` channels along dimension `axis`, and
 * zero point 0; a bias is a constant int32 vector of `count`. */
bool ev_channels_fit(const ev_op_t *op, int32_t axis, int32_t count);

/* Every scale is usable. */
ev_status_t ev_channels_check(const ev_op_t *op, int32_t count);

/* Computed whenever the operator runs, about fifty instructions a channel, so as not to hold them all in RAM. */
void ev_channels_fill(const ev_op_t *op, int32_t count, ev_channel_t *channels);

#endif
