#include "arena.h"

#include <stddef.h>

/* Offsets may be negative while planning, so that an output can be put below the input that it overwrites. */
typedef struct {
    int32_t low;
    int32_t high;
} range_t;

typedef bool before_fn(const nn_buffer_t *a, const nn_buffer_t *b);

static bool is_larger(const nn_buffer_t *a, const nn_buffer_t *b)
{
    return a->bytes > b->bytes;
}

static bool is_earlier(const nn_buffer_t *a, const nn_buffer_t *b)
{
    return a->first < b->first || (a->first == b->first && a->bytes > b->bytes);
}

static uint32_t next_unplaced(const nn_buffer_t *buffers, uint32_t count, before_fn *before)
{
    uint32_t best = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!buffers[i].placed && (best == count || before(&buffers[i], &buffers[best]))) {
            best = i;
        }
    }
    return best;
}

/* Offsets that a placed buffer rules out for another one: those between `low` and `high`, exclusive, except `shared`.
 */
typedef struct {
    int32_t low;
    int32_t high;
    int32_t shared; /* equal to `low` if there is none */
} forbidden_t;

static const nn_overlap_t *find_overlap(const nn_buffer_t *output, uint32_t input)
{
    for (uint32_t i = 0; i < NN_MAX_OVERLAPS; i++) {
        if (output->overlaps[i].input == input) {
            return &output->overlaps[i];
        }
    }
    return NULL;
}

static bool forbids(const nn_buffer_t *buffers, uint32_t self, uint32_t other, forbidden_t *range)
{
    const nn_buffer_t *mine = &buffers[self], *theirs = &buffers[other];
    if (!theirs->placed || self == other || mine->last < theirs->first || theirs->last < mine->first) {
        return false;
    }
    const nn_overlap_t *above = find_overlap(mine, other), *below = find_overlap(theirs, self);
    range->low = theirs->offset - (int32_t)mine->bytes;
    range->high = theirs->offset + (int32_t)theirs->bytes;
    range->shared = range->low;
    if ((above && above->same_start) || (below && below->same_start)) {
        range->shared = theirs->offset;
    } else if (above && range->low < theirs->offset - (int32_t)above->gap) {
        range->low = range->shared = theirs->offset - (int32_t)above->gap;
    } else if (below && range->high > theirs->offset + (int32_t)below->gap) {
        range->high = theirs->offset + (int32_t)below->gap;
    }
    return range->low < range->high;
}

static bool allowed(const nn_buffer_t *buffers, uint32_t count, uint32_t self, int32_t offset)
{
    forbidden_t range;
    for (uint32_t i = 0; i < count; i++) {
        if (forbids(buffers, self, i, &range) && offset > range.low && offset < range.high &&
            offset != range.shared) {
            return false;
        }
    }
    return true;
}

static uint32_t growth(range_t block, int32_t offset, uint32_t bytes)
{
    int32_t end = offset + (int32_t)bytes;
    int32_t below = offset < block.low ? block.low - offset : 0;
    int32_t above = end > block.high ? end - block.high : 0;
    return (uint32_t)(below + above);
}

typedef struct {
    int32_t offset;
    uint32_t grown;
} choice_t;

static void consider(const nn_buffer_t *buffers, uint32_t count, uint32_t self, range_t block, int32_t offset,
                     choice_t *best)
{
    uint32_t grown = growth(block, offset, buffers[self].bytes);
    bool better = grown < best->grown || (grown == best->grown && offset < best->offset);
    if (better && allowed(buffers, count, self, offset)) {
        best->offset = offset;
        best->grown = grown;
    }
}

/* The best offset is the block's start or an edge of what another buffer forbids. */
static int32_t best_offset(const nn_buffer_t *buffers, uint32_t count, uint32_t self, range_t block)
{
    choice_t best = {block.high, UINT32_MAX};
    forbidden_t range;
    consider(buffers, count, self, block, block.low, &best);
    for (uint32_t i = 0; i < count; i++) {
        if (forbids(buffers, self, i, &range)) {
            consider(buffers, count, self, block, range.low, &best);
            consider(buffers, count, self, block, range.high, &best);
            consider(buffers, count, self, block, range.shared, &best);
        }
    }
    return best.offset;
}

static uint32_t place_all(nn_buffer_t *buffers, uint32_t count, before_fn *before)
{
    range_t block = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        buffers[i].placed = false;
    }
    for (uint32_t step = 0; step < count; step++) {
        uint32_t self = next_unplaced(buffers, count, before);
        nn_buffer_t *buffer = &buffers[self];
        buffer->offset = best_offset(buffers, count, self, block);
        buffer->placed = true;
        int32_t end = buffer->offset + (int32_t)buffer->bytes;
        block.low = buffer->offset < block.low ? buffer->offset : block.low;
        block.high = end > block.high ? end : block.high;
    }
    for (uint32_t i = 0; i < count; i++) {
        buffers[i].offset -= block.low;
    }
    return (uint32_t)(block.high - block.low);
}

uint32_t nn_arena_plan(nn_buffer_t *buffers, uint32_t count)
{
    uint32_t by_size = place_all(buffers, count, is_larger);
    uint32_t by_time = place_all(buffers, count, is_earlier);
    return by_size < by_time ? place_all(buffers, count, is_larger) : by_time;
}
