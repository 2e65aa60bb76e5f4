/* QUANTIZE and DEQUANTIZE between float, int8 and uint8. Floats in the arena are aligned, a constant's need not
 * be. */
#include "kernels/kernels.h"
#include "kernels/load.h"
#include "kernels/quant.h"
#include "kernels/requant.h"

void nn_quantize_f32(const nn_unary_args_t *all)
{
    const nn_unary_args_t args = *all; /* a copy, which the output cannot overlap */
    const uint8_t *input = args.input;
    int8_t *output = args.output;
    for (uint32_t i = 0; i < args.count; i++) {
        int64_t value = (int64_t)nn_round(nn_load_f32(input + 4 * i) / args.scale) + args.range.zero_point;
        output[i] = (int8_t)(value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : value);
    }
}

void nn_quantize_u8(const nn_unary_args_t *all)
{
    const nn_unary_args_t args = *all; /* a copy, which the output cannot overlap */
    const uint8_t *input = args.input;
    int8_t *output = args.output;
    for (uint32_t i = 0; i < args.count; i++) {
        int32_t value = nn_requantize(input[i] - args.input_zero_point, args.multiplier, args.shift);
        output[i] = nn_clamp_s8(value + args.range.zero_point, INT8_MIN, INT8_MAX);
    }
}

void nn_quantize_to_u8(const nn_unary_args_t *all)
{
    const nn_unary_args_t args = *all; /* a copy, which the output cannot overlap */
    const int8_t *input = args.input;
    uint8_t *output = args.output;
    for (uint32_t i = 0; i < args.count; i++) {
        int32_t value = nn_requantize(input[i] - args.input_zero_point, args.multiplier, args.shift);
        output[i] = (uint8_t)nn_min(nn_max(value + args.range.zero_point, 0), UINT8_MAX);
    }
}

void nn_dequantize_s8(const nn_unary_args_t *all)
{
    const nn_unary_args_t args = *all; /* a copy, which the output cannot overlap */
    const int8_t *input = args.input;
    float *output = args.output;
    for (uint32_t i = 0; i < args.count; i++) {
        output[i] = args.scale * (float)(input[i] - args.input_zero_point);
    }
}

void nn_dequantize_u8(const nn_unary_args_t *all)
{
    const nn_unary_args_t args = *all; /* a copy, which the output cannot overlap */
    const uint8_t *input = args.input;
    float *output = args.output;
    for (uint32_t i = 0; i < args.count; i++) {
        output[i] = args.scale * (float)(input[i] - args.input_zero_point);
    }
}

void nn_quantize_f32_to_s16(const nn_unary_args_t *args)
{
    const uint8_t *input = args->input;
    uint8_t *output = args->output;
    for (uint32_t i = 0; i < args->count; i++) {
        const int64_t value = (int64_t)nn_round(nn_load_f32(input + 4 * i) / args->scale) + args->range.zero_point;
        nn_store_i16(output + 2 * i, (int32_t)(value < INT16_MIN   ? INT16_MIN
                                               : value > INT16_MAX ? INT16_MAX
                                                                   : value));
    }
}

void nn_dequantize_s16(const nn_unary_args_t *args)
{
    const uint8_t *input = args->input;
    float *output = args->output;
    for (uint32_t i = 0; i < args->count; i++) {
        output[i] = args->scale * (float)(nn_load_i16(input + 2 * i) - args->input_zero_point);
    }
}
