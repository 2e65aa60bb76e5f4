#include "steps.h"

#include <string.h>

/* A step is a word with the number of the operator's kind and flags, then a word for each pointer, then the rest of
 * the args. Where pointers are words, these are the args as they are. Where they are longer, a word is an offset from
 * the start of the arena or of the file, so that a PC needs the device's arena. */
enum { POINTERS_ARE_WORDS = sizeof(void *) == sizeof(uint32_t) };
enum { IN_FILE = 1u << 31, IDLE = 1u << 16, EVAL = 1u << 17, KIND = IDLE - 1 };

/* Behind the first. */
static uint32_t words(const nn_op_kind_t *kind, bool needs_eval)
{
    return needs_eval ? 0 : kind->pointers + (kind->kept_bytes + 3u) / 4;
}

uint32_t nn_steps_bytes(const ev_model_t *model)
{
    uint32_t count = model->operators.count;
    nn_op_t op;
    for (uint32_t i = 0; i < model->operators.count; i++) {
        (void)nn_op_read(model, i, &op); /* read without error before */
        count += words(op.kind, op.needs_eval);
    }
    return count * (uint32_t)sizeof(uint32_t);
}

static uint32_t word_of(const ev_model_t *model, const uint8_t *pointer)
{
    if (pointer == NULL) {
        return 0;
    }
    uintptr_t file = (uintptr_t)model->file, at = (uintptr_t)pointer;
    if (POINTERS_ARE_WORDS) {
        return (uint32_t)at;
    }
    bool in_file = at >= file && at - file < model->file_bytes;
    return in_file ? (uint32_t)(at - file) | IN_FILE : (uint32_t)(at - (uintptr_t)model);
}

static void write_step(const nn_op_t *op, uint32_t *step)
{
    const nn_op_kind_t *kind = op->kind;
    const uint8_t *args = (const uint8_t *)&op->args;
    bool idle = kind->idle && kind->idle(op);
    *step++ = nn_op_kind_number(kind) | (idle ? (uint32_t)IDLE : 0) | (op->needs_eval ? (uint32_t)EVAL : 0);
    if (op->needs_eval) {
        return;
    }
    for (uint32_t i = 0; i < kind->pointers; i++) {
        const uint8_t *pointer;
        memcpy(&pointer, args + i * sizeof pointer, sizeof pointer);
        *step++ = word_of(op->model, pointer);
    }
    memcpy(step, args + kind->pointers * sizeof(void *), kind->kept_bytes);
}

ev_status_t nn_steps_write(const ev_model_t *model, ev_error_t *error)
{
    uint32_t *step = nn_model_steps(model);
    nn_op_t op;
    for (uint32_t i = 0; i < model->operators.count; i++) {
        ev_status_t status = nn_op_read(model, i, &op);
        if (status != EV_OK) { /* the file changed while the model was opened */
            error->op_index = (int32_t)i;
            error->op_code = op.code;
            return status;
        }
        write_step(&op, step);
        step += 1 + words(op.kind, op.needs_eval);
    }
    return EV_OK;
}

static void run_kept(const ev_model_t *model, const nn_op_kind_t *kind, const uint32_t *step)
{
    if (POINTERS_ARE_WORDS) {
        kind->run((const nn_kernel_args_t *)(const void *)step);
        return;
    }
    nn_kernel_args_t args;
    uint8_t *to = (uint8_t *)&args;
    for (uint32_t i = kind->pointers; i > 0; i--, to += sizeof(void *)) {
        uint32_t offset = *step++;
        const uint8_t *base = offset & IN_FILE ? model->file : (const uint8_t *)model;
        const uint8_t *pointer = offset == 0 ? NULL : base + (offset & ~(uint32_t)IN_FILE);
        memcpy(to, &pointer, sizeof pointer);
    }
    for (uint32_t left = (kind->kept_bytes + 3u) / 4; left > 0; left--, to += sizeof *step) {
        memcpy(to, step++, sizeof *step);
    }
    kind->run(&args);
}

static ev_status_t run_read(const ev_model_t *model, uint32_t index, ev_error_t *error)
{
    nn_op_t op;
    ev_status_t status = nn_op_read(model, index, &op);
    if (status != EV_OK) { /* the file changed after open */
        error->op_index = (int32_t)index;
        error->op_code = op.code;
        return status;
    }
    op.kind->eval(&op);
    return EV_OK;
}

ev_status_t nn_step_run(const ev_model_t *model, uint32_t index, const uint32_t **step, ev_error_t *error)
{
    const uint32_t *at = *step;
    const nn_op_kind_t *kind = nn_op_kind_at(*at & KIND);
    const bool needs_eval = (*at & EVAL) != 0;
    *step = at + 1 + words(kind, needs_eval);
    if (*at & IDLE) {
        return EV_OK;
    }
    if (needs_eval) {
        return run_read(model, index, error);
    }
    run_kept(model, kind, at + 1);
    return EV_OK;
}
