/* An engine for tests: the model file says what it does wrong.
 *
 * Byte 0 of the model is the misdeed; bytes 4..7 are the size of input and
 * output in bytes. A well-behaved model ('E') gives its input, each byte plus 1.
 */
#include <string.h>

#include "ev_engine.h"

struct ev_model {
    const uint8_t *file;
    uint32_t bytes;
    uint8_t *input;
    uint8_t *output;
    uint32_t runs; /* output byte 0 of an 'R' model, to see how often it ran */
};

static ev_status_t scripted_open(ev_model_t **model, const uint8_t *file, uint32_t file_bytes, uint8_t *arena,
                                 uint32_t arena_bytes, ev_error_t *error)
{
    uint32_t bytes = 0;
    if (file_bytes < 8) {
        *error = (ev_error_t){EV_ERR_MODEL_TRUNCATED, -1, -1, (int32_t)file_bytes};
        return error->status;
    }
    memcpy(&bytes, file + 4, 4);
    const uint32_t needed = (uint32_t)sizeof(ev_model_t) + 2 * bytes;
    if (needed > arena_bytes) {
        *error = (ev_error_t){EV_ERR_ARENA, 3, 9, (int32_t)needed};
        return error->status;
    }
    ev_model_t *state = (ev_model_t *)(void *)arena;
    *state = (ev_model_t){file, bytes, arena + sizeof *state, arena + sizeof *state + bytes, 0};
    *model = state;
    return EV_OK;
}

static ev_status_t tensor(ev_model_t *model, uint32_t index, uint8_t *data, ev_tensor_t *out)
{
    if (index != 0) {
        return EV_ERR_ARGUMENT;
    }
    *out = (ev_tensor_t){data, model->bytes, EV_INT8, 2, {1, (int32_t)model->bytes}, 0.5f, -3};
    return EV_OK;
}

static ev_status_t scripted_input(ev_model_t *model, uint32_t index, ev_tensor_t *out)
{
    return tensor(model, index, model->input, out);
}

static ev_status_t scripted_output(ev_model_t *model, uint32_t index, ev_tensor_t *out)
{
    return tensor(model, index, model->output, out);
}

/* Not a tail call and not a loop: every level needs its own frame. */
static uint32_t __attribute__((noinline)) scripted_recurse(uint32_t depth)
{
    volatile uint32_t frame[16];
    frame[depth % 16] = depth;
    return depth == UINT32_MAX ? 0 : scripted_recurse(depth + 1) + frame[depth % 16];
}

static void scripted_misbehave(ev_model_t *model)
{
    uint32_t value = 0, second = 0;
    switch (model->file[0]) {
    case 'N': /* write far outside of the memory map */
        *(volatile uint32_t *)0xA0000000u = 1;
        break;
    case 'F': /* write to flash without unlocking or erasing it */
        *(volatile uint32_t *)(uintptr_t)model->file = 0;
        break;
    case 'U': /* a double-word load from an odd address */
        __asm volatile("ldrd %0, %1, [%2]" : "=r"(value), "=r"(second) : "r"(model->input + 1));
        break;
    case 'S': /* stack overflow */
        model->runs = scripted_recurse(1);
        break;
    case 'H': /* hang */
        for (;;) {
        }
    case 'I': /* undefined instruction */
        __asm volatile("udf #0");
        break;
    default:
        break;
    }
}

static ev_status_t scripted_invoke(ev_model_t *model, ev_observer_fn observer, void *context, ev_error_t *error)
{
    if (model->file[0] == 'O') {
        *error = (ev_error_t){EV_ERR_OPTION, 2, 4, 7};
        return error->status;
    }
    if (observer != NULL) {
        observer(context, 0, 0);
    }
    scripted_misbehave(model);
    for (uint32_t i = 0; i < model->bytes; i++) {
        model->output[i] = (uint8_t)(model->input[i] + 1);
    }
    model->runs++;
    if (model->file[0] == 'R') {
        model->output[0] = (uint8_t)model->runs;
    }
    if (observer != NULL) {
        observer(context, 0, 1);
    }
    return EV_OK;
}

static ev_status_t scripted_stats(const ev_model_t *model, ev_stats_t *stats)
{
    const uint32_t state = (uint32_t)sizeof *model;
    *stats = (ev_stats_t){1, 1, 1, state + 2 * model->bytes, state};
    return EV_OK;
}

static ev_status_t scripted_op_info(const ev_model_t *model, uint32_t op_index, ev_op_info_t *info)
{
    (void)op_index;
    *info = (ev_op_info_t){99, 1, (uint32_t)sizeof *model + 2 * model->bytes};
    return EV_OK;
}

static ev_status_t scripted_op_output(ev_model_t *model, uint32_t op_index, uint32_t index, ev_tensor_t *out)
{
    (void)op_index;
    return scripted_output(model, index, out);
}

const ev_engine_t ev_engine_scripted = {
    .name = "scripted",
    .version = "1",
    .open = scripted_open,
    .input = scripted_input,
    .output = scripted_output,
    .invoke = scripted_invoke,
    .stats = scripted_stats,
    .op_info = scripted_op_info,
    .op_output = scripted_op_output,
};
