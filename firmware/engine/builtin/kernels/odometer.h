/* Nested loops without recursion. */
#ifndef NN_ODOMETER_H
#define NN_ODOMETER_H

#include <stdbool.h>
#include <stdint.h>

enum { NN_LOOPS = 6 };

/* Moves `offset` to the next element of the loops from `axis` outwards; false after the last one. */
static inline bool nn_advance(const int32_t *counts, const int32_t *strides, int32_t axis, int32_t *index,
                              int32_t *offset)
{
    for (; axis < NN_LOOPS; axis++) {
        *offset += strides[axis];
        if (++index[axis] < counts[axis]) {
            return true;
        }
        *offset -= strides[axis] * counts[axis];
        index[axis] = 0;
    }
    return false;
}

#endif
