#include "broadcast.h"

/* Size of dimension `axis`, counted from the innermost; 1 beyond the rank. */
static int32_t dimension(const nn_operand_t *operand, int32_t axis)
{
    return axis < operand->rank ? operand->dims[operand->rank - 1 - axis] : 1;
}

/* Appends a dimension. It is merged with the inner one if both inputs are contiguous across the two. */
static uint32_t append(nn_broadcast_t *loops, uint32_t used, int32_t count, int32_t stride_a, int32_t stride_b)
{
    uint32_t last = used - 1;
    if (used > 0 && stride_a == loops->stride_a[last] * loops->count[last] &&
        stride_b == loops->stride_b[last] * loops->count[last]) {
        loops->count[last] *= count;
        return used;
    }
    loops->count[used] = count;
    loops->stride_a[used] = stride_a;
    loops->stride_b[used] = stride_b;
    return used + 1;
}

bool nn_op_broadcast(const nn_operand_t *a, const nn_operand_t *b, const nn_operand_t *output, nn_broadcast_t *loops)
{
    uint32_t used = 0;
    int32_t size_a = 1, size_b = 1;
    for (int32_t axis = 0; axis < EV_MAX_RANK; axis++) {
        int32_t da = dimension(a, axis), db = dimension(b, axis), count = dimension(output, axis);
        if ((da != count && da != 1) || (db != count && db != 1) || (count != da && count != db)) {
            return false;
        }
        if (count > 1) {
            used = append(loops, used, count, da == 1 ? 0 : size_a, db == 1 ? 0 : size_b);
        }
        size_a *= da;
        size_b *= db;
    }
    for (; used < EV_MAX_RANK; used++) {
        loops->count[used] = 1;
        loops->stride_a[used] = loops->stride_b[used] = 0;
    }
    return true;
}

static bool is_typed(const nn_operand_t *operand)
{
    return nn_op_is_int8(operand) || nn_op_is_int16(operand);
}

static int32_t element_bytes(const nn_operand_t *operand)
{
    return operand->type == EV_INT8 ? 1 : 2;
}

bool nn_pair_fits(nn_op_t *op)
{
    nn_pair_args_t *args = &op->args.pair;
    const nn_operand_t *a = &op->operands[0], *b = &op->operands[1], *output = &op->output;
    args->two.a = (const int8_t *)a->data;
    args->two.b = (const int8_t *)b->data;
    args->two.output = (int8_t *)output->data;
    args->two.zero_point_a = a->zero_point;
    args->two.zero_point_b = b->zero_point;
    args->two.range.zero_point = output->zero_point;
    args->two.range.low = output->type == EV_INT8 ? INT8_MIN : INT16_MIN;
    args->two.range.high = output->type == EV_INT8 ? INT8_MAX : INT16_MAX;
    args->bytes_a = element_bytes(a);
    args->bytes_b = element_bytes(b);
    args->bytes_output = element_bytes(output);
    return is_typed(a) && is_typed(b) && is_typed(output) && nn_op_broadcast(a, b, output, &args->two.loops);
}
