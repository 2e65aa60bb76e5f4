#include "kernels/kernels.h"
#include "kernels/requant.h"

void nn_rescale_s8(const nn_unary_args_t *all)
{
    const nn_unary_args_t args = *all; /* a copy, which the output cannot overlap */
    const int8_t *input = args.input;
    int8_t *output = args.output;
    for (uint32_t i = 0; i < args.count; i++) {
        int32_t value = nn_requantize(input[i] - args.input_zero_point, args.multiplier, args.shift);
        output[i] = nn_clamp_s8(value + args.range.zero_point, args.range.low, args.range.high);
    }
}

void nn_clamp_copy_s8(const nn_unary_args_t *all)
{
    const nn_unary_args_t args = *all; /* a copy, which the output cannot overlap */
    const int8_t *input = args.input;
    int8_t *output = args.output;
    for (uint32_t i = 0; i < args.count; i++) {
        output[i] = nn_clamp_s8(input[i], args.range.low, args.range.high);
    }
}
