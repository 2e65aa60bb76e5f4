/* libFuzzer target: any bytes as a model, opened and, where that succeeds, run.
 *
 * Model and arena lie in heap blocks of exactly their size, so that the address sanitizer sees an access beyond their
 * end. The model runs twice with different bytes in the arena before: equal outputs show that nothing was read before
 * it was written. */
#include <stdlib.h>
#include <string.h>

#include "ev_engine.h"

enum { LARGEST_ARENA = 1 << 18, LARGEST_OUTPUT = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ev_engine_t *const engine = &ev_engine_builtin;

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
    uint8_t *arena = aligned_alloc(EV_ARENA_ALIGN, arena_bytes + EV_ARENA_ALIGN - arena_bytes % EV_ARENA_ALIGN);
    memset(arena, before, arena_bytes);
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
    free(arena);
    return stats.arena_used_bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first[LARGEST_OUTPUT], second[LARGEST_OUTPUT];
    uint32_t first_bytes = 0, second_bytes = 0;
    uint8_t *file = malloc(size ? size : 1);
    if (size) {
        memcpy(file, data, size);
    }
    uint32_t used = run(file, (uint32_t)size, LARGEST_ARENA, 0x00, first, &first_bytes);
    if (used > 0) {
        uint32_t again = run(file, (uint32_t)size, used, 0xff, second, &second_bytes);
        if (again != used || first_bytes != second_bytes || memcmp(first, second, first_bytes) != 0) {
            abort();
        }
    }
    free(file);
    return used > 0;
}
