#include "channels.h"

enum { INPUT = 0, FILTER = 1, BIAS = 2 };

/* With int16 activations, wide biases too, and int16 ones, which the operator allows or not. */
static bool bias_type_fits(int32_t type, int32_t input_type)
{
    return type == EV_INT32 || (input_type == EV_INT16 && (type == EV_INT64 || type == EV_INT16));
}

bool nn_channels_fit(const nn_op_t *op, int32_t axis, int32_t count)
{
    const nn_operand_t *filter = &op->operands[FILTER], *bias = &op->operands[BIAS];
    bool per_channel = filter->scales.count > 1;
    bool fits = nn_op_is_int8(filter) && filter->constant && filter->zero_point == 0 &&
                (!per_channel || (filter->scales.count == (uint32_t)count && filter->quantized_dimension == axis));
    bool bias_fits = op->operand_count <= BIAS || (bias->constant && bias->elements == (uint32_t)count &&
                                                   bias_type_fits(bias->type, op->operands[INPUT].type));
    return fits && bias_fits;
}

static float filter_scale(const nn_op_t *op, uint32_t channel)
{
    const nn_operand_t *filter = &op->operands[FILTER];
    return nn_load_f32(op->model->file + filter->scales.position + 4 * (filter->scales.count > 1 ? channel : 0));
}

ev_status_t nn_channels_check(const nn_op_t *op, int32_t count)
{
    return nn_channels_check_limit(op, count, NN_MAX_REQUANT_SHIFT);
}

ev_status_t nn_channels_check_limit(const nn_op_t *op, int32_t count, int32_t max_shift)
{
    nn_multiplier_t multiplier;
    float input = op->operands[INPUT].scale, output = op->output.scale;
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        if (!nn_requant_multiplier(input, filter_scale(op, i), output, &multiplier) || multiplier.shift > max_shift) {
            return EV_ERR_OPTION;
        }
    }
    return EV_OK;
}

/* A wide bias stays in the file. */
static int32_t bias_at(const nn_operand_t *bias, uint32_t channel)
{
    if (bias->type == EV_INT64) {
        return 0;
    }
    return bias->type == EV_INT16 ? nn_load_i16(bias->data + 2 * channel) : nn_load_i32(bias->data + 4 * channel);
}

void nn_channels_fill(const nn_op_t *op, int32_t count, nn_channel_t *channels)
{
    const nn_operand_t *bias = op->operand_count > BIAS ? &op->operands[BIAS] : NULL;
    bool per_channel = op->operands[FILTER].scales.count > 1;
    nn_scale_ratio_t ratio;
    nn_multiplier_t multiplier = {0, 0};
    /* Both succeed, because they did in nn_channels_check. */
    (void)nn_scale_ratio(op->operands[INPUT].scale, op->output.scale, 0, &ratio);
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        if (i == 0 || per_channel) {
            (void)nn_ratio_multiplier(&ratio, filter_scale(op, i), &multiplier);
        }
        channels[i].bias = bias ? bias_at(bias, i) : 0;
        channels[i].multiplier = multiplier.multiplier;
        channels[i].shift = multiplier.shift;
    }
}
