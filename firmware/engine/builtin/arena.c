#include "arena.h"

/* Offsets may be negative while planning, so that an output can be put below the input that it overwrites. */
typedef struct {
    int32_t low;
    int32_t high;
} range_t;

typedef bool before_fn(const ev_buffer_t *a, const ev_buffer_t *b);

static bool is_larger(const ev_buffer_t *a, const ev_buffer_t *b) {
    return a->bytes > b->bytes;
}

static bool is_earlier(const ev_buffer_t *a, const ev_buffer_t *b) {
    return a->first < b->first || (a->first == b->first && a->bytes > b->bytes);
}

static uint32_t next_unplaced(const ev_buffer_t *buffers, uint32_t count, before_fn *before) {
    uint32_t best = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!buffers[i].placed && (best == count || before(&buffers[i], &buffers[best]))) {
            best = i;
        }
    }
    return best;
}

static bool find_gap(const ev_buffer_t *output, uint32_t input, int32_t *gap) {
    for (uint32_t i = 0; i < EV_MAX_OVERLAPS; i++) {
        if (output->overlaps[i].input == input) {
            *gap = (int32_t)output->overlaps[i].gap;
            return true;
        }
    }
    return false;
}

/* The open interval of offsets that the placed buffer `other` forbids to `self`; false where it forbids none. */
static bool forbidden(const ev_buffer_t *buffers, uint32_t self, uint32_t other, range_t *range) {
    const ev_buffer_t *mine = &buffers[self], *theirs = &buffers[other];
    if (!theirs->placed || self == other || mine->last < theirs->first || theirs->last < mine->first) {
        return false;
    }
    int32_t gap;
    range->low = theirs->offset - (int32_t)mine->bytes;
    range->high = theirs->offset + (int32_t)theirs->bytes;
    if (find_gap(mine, other, &gap) && range->low < theirs->offset - gap) {
        range->low = theirs->offset - gap;
    }
    if (find_gap(theirs, self, &gap) && range->high > theirs->offset + gap) {
        range->high = theirs->offset + gap;
    }
    return range->low < range->high;
}

static bool allowed(const ev_buffer_t *buffers, uint32_t count, uint32_t self, int32_t offset) {
    range_t range;
    for (uint32_t i = 0; i < count; i++) {
        if (forbidden(buffers, self, i, &range) && offset > range.low && offset < range.high) {
            return false;
        }
    }
    return true;
}

static uint32_t growth(range_t block, int32_t offset, uint32_t bytes) {
    int32_t end = offset + (int32_t)bytes;
    int32_t below = offset < block.low ? block.low - offset : 0;
    int32_t above = end > block.high ? end - block.high : 0;
    return (uint32_t)(below + above);
}

/* The best offset is the block's start or the edge of a forbidden range. */
static int32_t best_offset(const ev_buffer_t *buffers, uint32_t count, uint32_t self, range_t block) {
    uint32_t bytes = buffers[self].bytes, least = UINT32_MAX;
    int32_t best = block.low;
    range_t range;
    for (uint32_t i = 0; i < count; i++) {
        if (i == self) {
            range.low = range.high = block.low;
        } else if (!forbidden(buffers, self, i, &range)) {
            continue;
        }
        for (uint32_t side = 0; side < 2; side++) {
            int32_t offset = side == 0 ? range.low : range.high;
            uint32_t grown = growth(block, offset, bytes);
            bool better = grown < least || (grown == least && offset < best);
            if (better && allowed(buffers, count, self, offset)) {
                least = grown;
                best = offset;
            }
        }
    }
    return best;
}

static uint32_t place_all(ev_buffer_t *buffers, uint32_t count, before_fn *before) {
    range_t block = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        buffers[i].placed = false;
    }
    for (uint32_t step = 0; step < count; step++) {
        uint32_t self = next_unplaced(buffers, count, before);
        ev_buffer_t *buffer = &buffers[self];
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

uint32_t ev_arena_plan(ev_buffer_t *buffers, uint32_t count) {
    uint32_t by_size = place_all(buffers, count, is_larger);
    uint32_t by_time = place_all(buffers, count, is_earlier);
    return by_size < by_time ? place_all(buffers, count, is_larger) : by_time;
}
