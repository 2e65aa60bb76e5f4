/* The table of operators. */
#ifndef NN_OPS_H
#define NN_OPS_H

#include "kernels/kernels.h"
#include "model/model.h"

enum { NN_MAX_OPERANDS = 3, NN_NO_OVERWRITE = -1, NN_SAME_START = -2 };

/* BuiltinOperator numbers of the TFLite schema. */
enum {
    NN_OP_ADD = 0,
    NN_OP_AVERAGE_POOL_2D = 1,
    NN_OP_CONCATENATION = 2,
    NN_OP_CONV_2D = 3,
    NN_OP_DEPTHWISE_CONV_2D = 4,
    NN_OP_DEQUANTIZE = 6,
    NN_OP_FULLY_CONNECTED = 9,
    NN_OP_LOGISTIC = 14,
    NN_OP_MAX_POOL_2D = 17,
    NN_OP_MUL = 18,
    NN_OP_RELU = 19,
    NN_OP_RELU6 = 21,
    NN_OP_RESHAPE = 22,
    NN_OP_SOFTMAX = 25,
    NN_OP_SVDF = 27,
    NN_OP_TANH = 28,
    NN_OP_PAD = 34,
    NN_OP_GATHER = 36,
    NN_OP_TRANSPOSE = 39,
    NN_OP_MEAN = 40,
    NN_OP_SUB = 41,
    NN_OP_SQUEEZE = 43,
    NN_OP_UNIDIRECTIONAL_SEQUENCE_LSTM = 44,
    NN_OP_STRIDED_SLICE = 45,
    NN_OP_SPLIT = 49,
    NN_OP_LOG_SOFTMAX = 50,
    NN_OP_PRELU = 54,
    NN_OP_MAXIMUM = 55,
    NN_OP_MINIMUM = 57,
    NN_OP_PADV2 = 60,
    NN_OP_SLICE = 65,
    NN_OP_TRANSPOSE_CONV = 67,
    NN_OP_EXPAND_DIMS = 70,
    NN_OP_SUM = 74,
    NN_OP_PACK = 83,
    NN_OP_UNPACK = 88,
    NN_OP_RESIZE_NEAREST_NEIGHBOR = 97,
    NN_OP_LEAKY_RELU = 98,
    NN_OP_SPLIT_V = 102,
    NN_OP_QUANTIZE = 114,
    NN_OP_HARD_SWISH = 117,
    NN_OP_BATCH_MATMUL = 126,
};

typedef struct nn_op_kind nn_op_kind_t;

/* One operator of the model, read from the file for one use; lives on the stack. */
typedef struct {
    const ev_model_t *model;
    const nn_op_kind_t *kind;
    nn_vector_t inputs;
    nn_vector_t outputs;
    nn_table_t options;
    int32_t code;
    uint8_t *scratch;
    uint64_t work; /* multiply-accumulates or element steps, for the bound on an absurd model */
    bool needs_eval; /* no `run`, or, as `prepare` finds, not for these types */
    uint32_t operand_count;
    nn_operand_t operands[NN_MAX_OPERANDS]; /* the first inputs; `data` is NULL for an optional one left out */
    nn_operand_t output; /* the first */
    nn_kernel_args_t args;
} nn_op_t;

struct nn_op_kind {
    int32_t code;
    int8_t options_type; /* BuiltinOptions number of the schema; 0 = none are read */
    uint8_t min_inputs;
    uint8_t max_inputs;
    uint8_t max_outputs; /* 0 = 1 */
    bool has_state;      /* takes variable tensors */
    /* Checks everything that `eval` relies on and fills `args`. Runs at open, when `data` of tensors in the
     * arena is still NULL, and again before every eval. */
    ev_status_t (*prepare)(nn_op_t *op);
    ev_status_t (*check)(
        const nn_op_t *op); /* at open only: what would be too slow to check before every eval; NULL = nothing */
    uint32_t (*scratch_bytes)(const nn_op_t *op); /* NULL = none */
    /* How many bytes below an input the output must start to be written over it; NN_SAME_START where it must start
     * with it; NN_NO_OVERWRITE where it may not. NULL = may not. */
    int32_t (*overwrite_gap)(const nn_op_t *op, uint32_t input);
    void (*eval)(const nn_op_t *op);
    /* Instead of eval, but where op->needs_eval: of operators that need no more than their args, which are then kept
     * in RAM. NN_KEPT_ARGS sets the members behind it: `pointers` of the args come first, `kept_bytes` behind them
     * are kept too. */
    void (*run)(const nn_kernel_args_t *args);
    uint16_t pointers;
    uint16_t kept_bytes;
    bool (*idle)(const nn_op_t *op); /* where there is nothing to do at all; NULL = never */
};

/* No padding at a struct's end, which differs between cores. */
#define NN_KEPT_ARGS(type, first_behind, last)                 \
    .pointers = offsetof(type, first_behind) / sizeof(void *), \
    .kept_bytes = offsetof(type, last) + sizeof(((type *)0)->last) - offsetof(type, first_behind)

/* The operator's entry in the table, or NULL. */
const nn_op_kind_t *nn_op_find(int32_t code);

/* The kinds by number. */
const nn_op_kind_t *nn_op_kind_at(uint32_t number);
uint32_t nn_op_kind_number(const nn_op_kind_t *kind);

/* Reads operator `index` and prepares it. On error *code still has the operator's number, -1 if unknown. */
ev_status_t nn_op_read(const ev_model_t *model, uint32_t index, nn_op_t *op);

/* Reads input `index` of any position. */
ev_status_t nn_op_operand(const nn_op_t *op, uint32_t index, nn_operand_t *operand);
ev_status_t nn_op_result(const nn_op_t *op, uint32_t index, nn_operand_t *operand); /* output `index` */

/* Shared by the operator families. A damaged option is INT32_MIN, which no operator takes. */
int32_t nn_op_option(const nn_op_t *op, uint32_t field, int32_t bytes, int32_t absent);
bool nn_op_is_int8(const nn_operand_t *operand); /* int8 with a scale */
bool nn_op_is_int16(
    const nn_operand_t *operand); /* int16 with a scale and zero point 0, as all but those of SOFTMAX have */
bool nn_op_same_shape(const nn_operand_t *a, const nn_operand_t *b);
/* For operators that work element by element, from front to back. */
int32_t nn_op_elementwise_gap(const nn_op_t *op, uint32_t input);

extern const nn_op_kind_t nn_op_conv, nn_op_depthwise, nn_op_fully_connected, nn_op_add, nn_op_sub, nn_op_mul,
    nn_op_pad, nn_op_padv2, nn_op_mean, nn_op_average_pool, nn_op_max_pool, nn_op_reshape, nn_op_transpose,
    nn_op_concatenation, nn_op_softmax, nn_op_relu, nn_op_relu6, nn_op_logistic, nn_op_quantize, nn_op_dequantize,
    nn_op_hard_swish, nn_op_leaky_relu, nn_op_tanh, nn_op_prelu, nn_op_maximum, nn_op_minimum, nn_op_slice,
    nn_op_strided_slice, nn_op_split, nn_op_split_v, nn_op_pack, nn_op_unpack, nn_op_squeeze, nn_op_expand_dims,
    nn_op_resize_nearest, nn_op_gather, nn_op_transpose_conv, nn_op_sum, nn_op_log_softmax, nn_op_batch_matmul,
    nn_op_svdf, nn_op_lstm;

#endif
