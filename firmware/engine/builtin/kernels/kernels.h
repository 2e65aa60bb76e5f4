/* The kernels and their arguments. Tensors are NHWC, batch first, int8 unless said otherwise.
 *
 * kernels/plain has them in plain C, kernels/dsp has some of the same functions for cores with the DSP extension
 * (Cortex-M4, M7). The build chooses which files are compiled. Where an output may lie over its input, each
 * reads before it overwrites, as described in ops/ops.h under overwrite_gap.
 */
#ifndef NN_KERNELS_H
#define NN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "activations.h"
#include "moves.h"
#include "quant.h"
#include "recurrent.h"

/* Requantization of one output channel. */
typedef struct {
    int32_t bias;
    int32_t multiplier;
    int32_t shift;
} nn_channel_t;

typedef struct {
    int32_t batches;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t filter_h, filter_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
} nn_window_t;

typedef struct {
    int32_t zero_point;
    int32_t low; /* after the fused activation */
    int32_t high;
} nn_range_t;

/* Where the channels' requantization comes from: scales of the input, the filter and the output. */
typedef struct {
    nn_scale_ratio_t ratio; /* of input and output */
    int32_t step;           /* bytes from one scale of the filter to the next: 4, or 0 where all have one */
} nn_channel_source_t;

/* In arguments that are kept the pointers come first, as ops/ops.h says under `pointers`.
 *
 * Convolution, depthwise convolution (filter layout [1, h, w, out_c]) and pooling (no filter). */
typedef struct {
    const int8_t *input;
    const int8_t *filter;
    int8_t *output;
    nn_channel_t *channels; /* one for each output channel */
    int16_t *columns;       /* scratch, see the functions that give its size */
    const uint8_t *bias;    /* int32, not aligned; NULL = none */
    const uint8_t *scales;  /* float, not aligned */
    nn_window_t window;
    int32_t input_zero_point;
    int32_t depth_multiplier;
    nn_range_t range;
    nn_channel_source_t source;
} nn_conv_args_t;

/* Convolutions of int16 with int8 weights, and transposed ones of int8 too; as above, without scratch. */
typedef struct {
    nn_window_t window;
    const void *input;
    const int8_t *filter;
    void *output;
    const nn_channel_t *channels;
    const uint8_t *wide_bias; /* int64, not aligned; NULL = none */
    int32_t outputs;          /* channels */
    int32_t wide_sums;        /* sums have 64 bits, else 32 */
    int32_t input_zero_point;
    int32_t depth_multiplier;
    nn_range_t range;
} nn_wide_args_t;

typedef struct {
    const int8_t *input;
    const int8_t *filter; /* [outputs, inputs] */
    const uint8_t *bias;  /* int32, not aligned; NULL = none */
    int8_t *output;
    nn_channel_t *channels; /* per channel; NULL = `multiplier` and `shift` for all */
    const uint8_t *scales;  /* float, not aligned */
    int32_t batches, inputs, outputs;
    int32_t input_zero_point;
    int32_t multiplier, shift;
    nn_range_t range;
    nn_channel_source_t source;
} nn_dense_args_t;

/* RESHAPE. */
typedef struct {
    const void *input;
    void *output;
    uint32_t bytes;
} nn_move_args_t;

/* Broadcast loops over up to six dimensions, the innermost first; a stride of 0 repeats an element. */
typedef struct {
    int32_t count[6];
    int32_t stride_a[6];
    int32_t stride_b[6];
} nn_broadcast_t;

typedef struct {
    const int8_t *a;
    const int8_t *b;
    int8_t *output;
    nn_broadcast_t loops;
    int32_t zero_point_a, zero_point_b;
    int32_t multiplier_a, shift_a;
    int32_t multiplier_b, shift_b;
    int32_t sign; /* of b: 1 = ADD, -1 = SUB */
    int32_t multiplier, shift;     /* of the result */
    nn_range_t range;
} nn_binary_args_t;

/* Two inputs, each int8 or int16 as its bytes an element say. */
typedef struct nn_pair_args nn_pair_args_t;
typedef int32_t nn_pair_fn(const nn_pair_args_t *args, int32_t a, int32_t b);
struct nn_pair_args {
    nn_binary_args_t two;
    nn_pair_fn *value;
    int32_t bytes_a, bytes_b, bytes_output;
    int32_t headroom_bits; /* ADD, SUB */
};

/* PAD: dimensions, the outermost first, padded with ones in front. */
typedef struct {
    const int8_t *input;
    int8_t *output;
    int32_t in_dims[6];
    int32_t out_dims[6];
    int32_t before[6];
    int8_t value;
} nn_pad_args_t;

/* TRANSPOSE: output dimensions, the innermost first, and the input's strides along them. */
typedef struct {
    const int8_t *input;
    int8_t *output;
    int32_t count[6];
    int32_t stride[6];
} nn_transpose_args_t;

/* MEAN: for every kept element, the sum over the reduced dimensions. */
typedef struct {
    const int8_t *input;
    int8_t *output;
    int32_t kept_count[6], kept_stride[6]; /* the innermost first, padded with count 1 */
    int32_t reduced_count[6], reduced_stride[6];
    int32_t offset; /* subtracted from the sum: input zero point times the number of summands */
    int32_t multiplier, shift;
    int32_t zero_point;
} nn_mean_args_t;

/* Operators of one input that work element by element. */
typedef struct {
    const void *input;
    void *output;
    uint32_t count;
    int32_t input_type, output_type; /* ev_type_t */
    int32_t input_zero_point;
    int32_t multiplier, shift;
    float scale;
    nn_range_t range;
    int32_t radius; /* LOGISTIC, TANH: inputs this far from zero saturate */
} nn_unary_args_t;

typedef struct {
    const int8_t *input;
    int8_t *output;
    int32_t rows, depth;
    int32_t multiplier, shift;
    int32_t difference_min; /* inputs this far below the row's maximum count as zero */
} nn_softmax_args_t;

typedef struct {
    const int8_t *input;
    int8_t *output;
    int32_t rows, depth;
    int32_t multiplier, shift;
    int32_t inverse, inverse_shift; /* of that multiplier */
    int32_t difference_min;         /* as above */
} nn_log_softmax_args_t;

/* SOFTMAX of int16. */
typedef struct {
    const int16_t *input;
    int16_t *output;
    int32_t rows, depth;
    int32_t multiplier, shift; /* of differences to the table's unit, 10 / 65535 */
} nn_softmax_s16_args_t;

typedef enum { NN_S8, NN_U8, NN_S16, NN_S32 } nn_element_t;

/* Element by element between any of these types. */
typedef struct {
    const uint8_t *input;
    uint8_t *output;
    uint32_t count;
    nn_element_t from, to;
    int32_t input_zero_point;
    int32_t multiplier, shift;
    nn_range_t range;
} nn_convert_args_t;

/* Matrices of int8 or int16, in batches of up to three dimensions, the innermost first. Strides count elements. */
typedef struct {
    const void *a;
    const void *b;
    void *output;
    int32_t count[3], stride_a[3], stride_b[3];
    int32_t rows, columns, depth;
    int32_t row_a, step_a;    /* to the next row of a, to the next element of a row */
    int32_t column_b, step_b; /* to the next column of b, to the next element of a column */
    int32_t wide;             /* int16 */
    int32_t zero_point_a, zero_point_b;
    int32_t multiplier, shift;
    nn_range_t range;
} nn_matmul_args_t;

typedef union {
    nn_move_args_t move;
    nn_conv_args_t conv;
    nn_wide_args_t wide;
    nn_dense_args_t dense;
    nn_binary_args_t binary;
    nn_pair_args_t pair; /* begins with a nn_binary_args_t */
    nn_hard_swish_args_t hard_swish;
    nn_leaky_relu_args_t leaky_relu;
    nn_curve_s16_args_t curve_s16;
    nn_copy_args_t copy;
    nn_resize_nearest_args_t resize_nearest;
    nn_gather_args_t gather;
    nn_pad_args_t pad;
    nn_transpose_args_t transpose;
    nn_mean_args_t mean;
    nn_unary_args_t unary;
    nn_softmax_args_t softmax;
    nn_softmax_s16_args_t softmax_s16;
    nn_log_softmax_args_t log_softmax;
    nn_convert_args_t convert;
    nn_matmul_args_t matmul;
    nn_svdf_args_t svdf;
    nn_lstm_args_t lstm;
} nn_kernel_args_t;

/* Bytes of `columns`. The same for plain C and DSP, so that a PC reports the device's arena. */
uint32_t nn_conv_columns_bytes(const nn_window_t *window);
int32_t nn_conv_block_tiles(const nn_window_t *window); /* tiles of four pixels that the DSP kernel makes together */
uint32_t nn_depthwise_columns_bytes(const nn_window_t *window, int32_t depth_multiplier);

void nn_conv_s8(const nn_conv_args_t *args);
void nn_depthwise_s8(const nn_conv_args_t *args);
void nn_average_pool_s8(const nn_conv_args_t *args);
void nn_max_pool_s8(const nn_conv_args_t *args);
void nn_average_pool_s16(const nn_conv_args_t *args);
void nn_max_pool_s16(const nn_conv_args_t *args);
void nn_dense_s8(const nn_dense_args_t *args);
void nn_add_s8(const nn_binary_args_t *args);
void nn_mul_s8(const nn_binary_args_t *args);
void nn_pad_s8(const nn_pad_args_t *args);
void nn_pad_s16(const nn_pad_args_t *args, int32_t value);
void nn_transpose_s8(const nn_transpose_args_t *args);
void nn_mean_s8(const nn_mean_args_t *args);
void nn_softmax_s8(const nn_softmax_args_t *args);
void nn_rescale_s8(const nn_unary_args_t *args); /* RELU, QUANTIZE from int8 */
void nn_clamp_copy_s8(const nn_unary_args_t *args); /* RELU6 */
void nn_logistic_s8(const nn_unary_args_t *args);
void nn_tanh_s8(const nn_unary_args_t *args);
void nn_convert(const nn_convert_args_t *args);
void nn_mean_s16(const nn_mean_args_t *args);
void nn_softmax_s8_s16(const nn_softmax_args_t *args);
void nn_softmax_s16(const nn_softmax_s16_args_t *args);
void nn_log_softmax_s8(const nn_log_softmax_args_t *args);
void nn_batch_matmul(const nn_matmul_args_t *args);
void nn_quantize_f32_to_s16(const nn_unary_args_t *args);
void nn_dequantize_s16(const nn_unary_args_t *args);
void nn_quantize_f32(const nn_unary_args_t *args);
void nn_quantize_u8(const nn_unary_args_t *args);
void nn_quantize_to_u8(const nn_unary_args_t *args);
void nn_dequantize_s8(const nn_unary_args_t *args);
void nn_dequantize_u8(const nn_unary_args_t *args);

#endif
