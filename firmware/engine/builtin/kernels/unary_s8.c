#include "kernels.h"
#include "requant.h"

void ev_rescale_s8(const ev_unary_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    for (uint32_t i = 0; i < args->count; i++) {
        int32_t value = ev_requantize(input[i] - args->input_zero_point, args->multiplier, args->shift);
        output[i] = ev_clamp_s8(value + args->range.zero_point, args->range.low, args->range.high);
    }
}

void ev_clamp_copy_s8(const ev_unary_args_t *args)
{
    const int8_t *input = args->input;
    int8_t *output = args->output;
    for (uint32_t i = 0; i < args->count; i++) {
        output[i] = ev_clamp_s8(input[i], args->range.low, args->range.high);
    }
}
