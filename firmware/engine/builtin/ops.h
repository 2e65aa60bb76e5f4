/* The table of operators. */
#ifndef EV_OPS_H
#define EV_OPS_H

#include "kernels/kernels.h"
#include "model.h"

enum { EV_MAX_OPERANDS = 3, EV_NO_OVERWRITE = -1, EV_SAME_START = -2 };

/* BuiltinOperator numbers of the TFLite schema. */
enum {
    EV_OP_ADD = 0,
    EV_OP_AVERAGE_POOL_2D = 1,
    EV_OP_CONCATENATION = 2,
    EV_OP_CONV_2D = 3,
    EV_OP_DEPTHWISE_CONV_2D = 4,
    EV_OP_DEQUANTIZE = 6,
    EV_OP_FULLY_CONNECTED = 9,
    EV_OP_LOGISTIC = 14,
    EV_OP_MAX_POOL_2D = 17,
    EV_OP_MUL = 18,
    EV_OP_RELU = 19,
    EV_OP_RELU6 = 21,
    EV_OP_RESHAPE = 22,
    EV_OP_SOFTMAX = 25,
    EV_OP_PAD = 34,
    EV_OP_TRANSPOSE = 39,
    EV_OP_MEAN = 40,
    EV_OP_SUB = 41,
    EV_OP_PADV2 = 60,
    EV_OP_QUANTIZE = 114
};

typedef struct ev_op_kind ev_op_kind_t;

/* One operator of the model, read from the file for one use; lives on the stack. */
typedef struct {
    const ev_model_t *model;
    const ev_op_kind_t *kind;
    ev_vector_t inputs;
    ev_vector_t outputs;
    ev_table_t options;
    int32_t code;
    uint8_t *scratch;
    uint64_t work; /* multiply-accumulates or element steps, for the bound on an absurd model */
    uint32_t operand_count;
    ev_operand_t operands[EV_MAX_OPERANDS]; /* the first inputs; `data` is NULL for an optional one left out */
    ev_operand_t output;
    ev_kernel_args_t args;
} ev_op_t;

struct ev_op_kind {
    int32_t code;
    int8_t options_type; /* BuiltinOptions number of the schema; 0 = none are read */
    uint8_t min_inputs;
    uint8_t max_inputs;
    /* Checks everything that `eval` relies on and fills `args`. Runs at open, when `data` of tensors in the
     * arena is still NULL, and again before every eval. */
    ev_status_t (*prepare)(ev_op_t *op);
    ev_status_t (*check)(const ev_op_t *op); /* at open only: what is dear to check twice; NULL = nothing */
    uint32_t (*scratch_bytes)(const ev_op_t *op); /* NULL = none */
    /* How many bytes below an input the output must start to be written over it; EV_SAME_START where it must start
     * with it; EV_NO_OVERWRITE where it may not. NULL = may not. */
    int32_t (*overwrite_gap)(const ev_op_t *op, uint32_t input);
    void (*eval)(const ev_op_t *op);
};

/* The operator's entry in the table, or NULL. */
const ev_op_kind_t *ev_op_find(int32_t code);

/* Reads operator `index` and prepares it. On error *code still has the operator's number, -1 if unknown. */
ev_status_t ev_op_read(const ev_model_t *model, uint32_t index, ev_op_t *op);

/* Reads input `index` of any position. */
ev_status_t ev_op_operand(const ev_op_t *op, uint32_t index, ev_operand_t *operand);

/* Shared by the operator families. */
int32_t ev_op_option(const ev_op_t *op, uint32_t field, int32_t bytes, int32_t absent);
bool ev_op_is_int8(const ev_operand_t *operand); /* int8 with a scale */
bool ev_op_same_shape(const ev_operand_t *a, const ev_operand_t *b);
/* For operators that work element by element, front to back. */
int32_t ev_op_elementwise_gap(const ev_op_t *op, uint32_t input);

extern const ev_op_kind_t ev_op_conv, ev_op_depthwise, ev_op_fully_connected, ev_op_add, ev_op_sub, ev_op_mul,
    ev_op_pad, ev_op_padv2, ev_op_mean, ev_op_average_pool, ev_op_max_pool, ev_op_reshape, ev_op_transpose,
    ev_op_concatenation, ev_op_softmax, ev_op_relu, ev_op_relu6, ev_op_logistic, ev_op_quantize, ev_op_dequantize;

#endif
