/* Quantization parameters, derived from the model's scales when an operator is
 * prepared. All are exactly those of TensorFlow Lite Micro, which computes them
 * in double precision; here they come from integer arithmetic, because the
 * Cortex-M4 and the STM32F746 have no double-precision unit. */
#ifndef NN_QUANT_H
#define NN_QUANT_H

#include <stdbool.h>
#include <stdint.h>

/* ActivationFunctionType numbers of the TFLite schema. */
enum { NN_ACT_NONE = 0, NN_ACT_RELU = 1, NN_ACT_RELU_N1_TO_1 = 2, NN_ACT_RELU6 = 3 };

/* multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or zero. */
typedef struct {
    int32_t multiplier;
    int32_t shift;
} nn_multiplier_t;

/* The fixed-point form of a * b / c * 2^exponent. False where a scale is not a positive normal number. */
bool nn_multiplier(float a, float b, float c, int32_t exponent, nn_multiplier_t *result);

/* That of a * b * c * 2^exponent, c below 2^16. */
bool nn_multiplier_by(float a, float b, uint32_t c, int32_t exponent, nn_multiplier_t *result);

/* The same in two steps, for many b: what a and c contribute, then one b. */
typedef struct {
    uint32_t numerator, denominator; /* mantissas */
    uint32_t reciprocal;             /* (2^55 - 1) / denominator */
    int32_t exponent;
} nn_scale_ratio_t;

bool nn_scale_ratio(float a, float c, int32_t exponent, nn_scale_ratio_t *ratio);
bool nn_ratio_multiplier(const nn_scale_ratio_t *ratio, float b, nn_multiplier_t *result);

/* As above with exponent 0, and below 2^30, as requantization needs it. */
bool nn_requant_multiplier(float a, float b, float c, nn_multiplier_t *result);

enum { NN_MAX_REQUANT_SHIFT = 30 };

/* Round to nearest, ties away from zero, saturated to int32; NaN gives zero. */
int32_t nn_round(float value);

/* The range of int8 outputs under a fused activation; false for an activation
 * that is not implemented or a scale that is not positive. */
bool nn_activation_range(int32_t activation, float scale, int32_t zero_point, int32_t *low, int32_t *high);
/* The same for int16 outputs, whose zero point is 0. */
bool nn_activation_range_s16(int32_t activation, float scale, int32_t *low, int32_t *high);

#endif
