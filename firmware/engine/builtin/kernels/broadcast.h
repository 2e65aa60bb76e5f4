/* Walks the outer loops of a broadcast and calls `run` for each innermost row. */
#ifndef NN_BROADCAST_H
#define NN_BROADCAST_H

#include "kernels.h"

typedef void nn_binary_run_fn(const nn_binary_args_t *args, const int8_t *a, const int8_t *b, int8_t *output);

static inline void nn_broadcast(const nn_binary_args_t *args, nn_binary_run_fn *run)
{
    const nn_broadcast_t *loops = &args->loops;
    const int8_t *a = args->a, *b = args->b;
    int8_t *output = args->output;
    int32_t index[6] = {0};
    for (;;) {
        run(args, a, b, output);
        output += loops->count[0];
        int32_t axis = 1;
        for (; axis < 6; axis++) { /* advance like an odometer */
            a += loops->stride_a[axis];
            b += loops->stride_b[axis];
            if (++index[axis] < loops->count[axis]) {
                break;
            }
            a -= loops->stride_a[axis] * loops->count[axis];
            b -= loops->stride_b[axis] * loops->count[axis];
            index[axis] = 0;
        }
        if (axis == 6) {
            return;
        }
    }
}

#endif
