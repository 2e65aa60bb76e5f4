/* libFuzzer target: any bytes as a model, opened and, where that succeeds, run.
 *
 * `data` lies in a block of exactly its size, and the arena in memory that the address sanitizer guards on both
 * sides, so that it sees a step beyond. The model runs twice with different bytes in the arena before: equal outputs
 * show that nothing was read before it was written. A small file gets a small arena, because filling the memory would
 * take longer than reading the file. */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "ev_engine.h"

enum { SMALL_FILE = 1 << 12, SMALL_ARENA = 1 << 14, LARGEST_ARENA = 1 << 18, LARGEST_OUTPUT = 1 << 16, GUARD = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ev_engine_t *const engine = &ev_engine_builtin;
static _Alignas(GUARD) uint8_t memory[GUARD + LARGEST_ARENA + GUARD];

/* The memory with nothing but an arena of this size to be touched. */
static uint8_t *guarded_arena(uint32_t bytes, int filling)
{
    uint8_t *arena = memory + GUARD;
    ASAN_POISON_MEMORY_REGION(memory, GUARD);
    ASAN_UNPOISON_MEMORY_REGION(arena, bytes);
    memset(arena, filling, bytes);
    ASAN_POISON_MEMORY_REGION(arena + bytes, LARGEST_ARENA + GUARD - bytes);
    return arena;
}

static void fill_inputs(ev_model_t *model, uint32_t count)
{
    ev_tensor_t tensor;
    for (uint32_t i = 0; i < count; i++) {
        if (engine->input(model, i, &tensor) != EV_OK) {
            abort();
        }
        for (uint32_t k = 0; k < tensor.bytes; k++) {
            ((uint8_t *)tensor.data)[k] = (uint8_t)(k * 37 + i);
        }
    }
}

/* The first bytes of all outputs. */
static uint32_t take_outputs(ev_model_t *model, uint32_t count, uint8_t *outputs)
{
    uint32_t used = 0;
    ev_tensor_t tensor;
    for (uint32_t i = 0; i < count; i++) {
        if (engine->output(model, i, &tensor) != EV_OK) {
            abort();
        }
        uint32_t share = tensor.bytes < LARGEST_OUTPUT - used ? tensor.bytes : LARGEST_OUTPUT - used;
        memcpy(outputs + used, tensor.data, share);
        used += share;
    }
    return used;
}

/* Opens and runs in an arena of `arena_bytes` that was full of `before`; the bytes needed on success, else 0. */
static uint32_t run(const uint8_t *file, uint32_t file_bytes, uint32_t arena_bytes, int before, uint8_t *outputs,
                    uint32_t *output_bytes)
{
    ev_model_t *model = NULL;
    ev_error_t error;
    ev_stats_t stats = {0};
    uint8_t *arena = guarded_arena(arena_bytes, before);
    ev_status_t status = engine->open(&model, file, file_bytes, arena, arena_bytes, &error);
    if (status != error.status || status > EV_OK) {
        abort();
    }
    if (status == EV_OK && engine->stats(model, &stats) == EV_OK) {
        fill_inputs(model, stats.input_count);
        if (engine->invoke(model, NULL, NULL, &error) != EV_OK) {
            abort();
        }
        *output_bytes = take_outputs(model, stats.output_count, outputs);
    }
    return stats.arena_used_bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first[LARGEST_OUTPUT], second[LARGEST_OUTPUT];
    uint32_t first_bytes = 0, second_bytes = 0;
    const uint32_t arena_bytes = size <= SMALL_FILE ? SMALL_ARENA : LARGEST_ARENA;
    const uint32_t used = run(data, (uint32_t)size, arena_bytes, 0x00, first, &first_bytes);
    if (used > 0) {
        const uint32_t again = run(data, (uint32_t)size, used, 0xff, second, &second_bytes);
        if (again != used || first_bytes != second_bytes || memcmp(first, second, first_bytes) != 0) {
            abort();
        }
    }
    return used > 0;
}
