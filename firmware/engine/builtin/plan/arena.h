/* Places tensors and scratch buffers in one block of memory.
 *
 * A buffer is needed during operators `first` to `last`. Two buffers that are
 * needed at the same time must not overlap, except an operator's output and
 * an input that dies there. An operator that works front to back may write its
 * output over that input, if the output starts at least `gap` bytes below it;
 * one that works channel by channel, if both start at the same byte.
 */
#ifndef NN_ARENA_H
#define NN_ARENA_H

#include <stdbool.h>
#include <stdint.h>

enum { NN_BUFFER_ALIGN = 4, NN_MAX_OVERLAPS = 2, NN_NO_BUFFER = 0xffff };

typedef struct {
    uint16_t input; /* index of the buffer that may be overwritten, or NN_NO_BUFFER */
    bool same_start;
    uint32_t gap; /* unless same_start: bytes that the output must start below it, a multiple of NN_BUFFER_ALIGN */
} nn_overlap_t;

typedef struct {
    uint32_t bytes; /* a multiple of NN_BUFFER_ALIGN */
    int32_t offset; /* result: from the start of the block */
    uint16_t first;
    uint16_t last;
    bool placed;
    nn_overlap_t overlaps[NN_MAX_OVERLAPS];
} nn_buffer_t;

/* Sets every offset; returns the size of the block in bytes. Greedy: each buffer goes where the block grows least, in
 * the better of two orders: the largest buffer first, or the one needed first. */
uint32_t nn_arena_plan(nn_buffer_t *buffers, uint32_t count);

static inline uint32_t nn_align(uint32_t bytes, uint32_t alignment)
{
    return (bytes + alignment - 1) / alignment * alignment;
}

#endif
