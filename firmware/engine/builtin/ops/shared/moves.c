#include "moves.h"

bool nn_op_is_movable(const nn_operand_t *operand)
{
    const int32_t type = operand->type;
    return type == EV_INT8 || type == EV_INT16 || type == EV_INT32 || type == EV_FLOAT32;
}

int32_t nn_op_element_bytes(const nn_operand_t *operand)
{
    return (int32_t)(operand->bytes / operand->elements);
}

void nn_op_copy_all(nn_op_t *op)
{
    nn_copy_args_t *args = &op->args.copy;
    args->input = op->operands[0].data;
    args->output = op->output.data;
    args->start = 0;
    args->element_bytes = nn_op_element_bytes(&op->output);
    for (int32_t i = 0; i < EV_MAX_RANK; i++) {
        args->count[i] = 1;
        args->stride[i] = i == 0 ? args->element_bytes : 0;
    }
}

int32_t nn_op_copy_append(nn_copy_args_t *args, int32_t used, int32_t count, int32_t stride)
{
    if (used > 0 && stride == args->stride[used - 1] * args->count[used - 1]) {
        args->count[used - 1] *= count;
        return used;
    }
    args->count[used] = count;
    args->stride[used] = stride;
    return used + 1;
}

int32_t nn_op_axis(const nn_operand_t *axis, int32_t rank)
{
    if (axis->type != EV_INT32 || !axis->constant || axis->elements != 1) {
        return -1;
    }
    const int32_t value = nn_load_i32(axis->data);
    return value < -rank || value >= rank ? -1 : value + (value < 0 ? rank : 0);
}

uint32_t nn_op_product(const nn_operand_t *operand, int32_t first, int32_t end)
{
    uint32_t product = 1;
    for (int32_t i = first; i < end; i++) {
        product *= (uint32_t)operand->dims[i];
    }
    return product;
}
