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

nn_channel_source_t nn_channels_source(const nn_op_t *op)
{
    nn_channel_source_t source = {.step = op->operands[FILTER].scales.count > 1 ? 4 : 0};
    /* Scales that cannot be used are refused by nn_channels_check. */
    (void)nn_scale_ratio(op->operands[INPUT].scale, op->output.scale, 0, &source.ratio);
    return source;
}

const uint8_t *nn_channels_scales(const nn_op_t *op)
{
    return op->model->file + op->operands[FILTER].scales.position;
}

const uint8_t *nn_channels_bias(const nn_op_t *op)
{
    return op->operand_count > BIAS ? op->operands[BIAS].data : NULL;
}

void nn_channels_fill(const nn_channel_source_t *source, const uint8_t *scales, const uint8_t *bias,
                      nn_channel_t *channels, int32_t count)
{
    nn_multiplier_t multiplier = {0, 0};
    for (int32_t i = 0; i < count; i++) {
        if (i == 0 || source->step != 0) { /* succeeds, because it did in nn_channels_check */
            (void)nn_ratio_multiplier(&source->ratio, nn_load_f32(scales + source->step * i), &multiplier);
        }
        channels[i].bias = bias ? nn_load_i32(bias + 4 * i) : 0;
        channels[i].multiplier = multiplier.multiplier;
        channels[i].shift = multiplier.shift;
    }
}
