#include "plan/plan.h"
#include "plan/steps.h"

static const ev_error_t no_error = {EV_OK, -1, -1, 0};

static ev_status_t fail(ev_error_t *error, ev_status_t status)
{
    error->status = status;
    return status;
}

static uint32_t table_bytes(const ev_model_t *model)
{
    return (uint32_t)sizeof(ev_model_t) + model->tensors.count * (uint32_t)sizeof(nn_place_t) +
           model->operators.count * (uint32_t)sizeof(uint32_t);
}

static ev_status_t reserve(ev_model_t *model, uint32_t bytes, uint32_t arena_bytes, ev_error_t *error)
{
    model->state_bytes = (bytes + EV_ARENA_ALIGN - 1) / EV_ARENA_ALIGN * EV_ARENA_ALIGN;
    if (model->state_bytes <= arena_bytes) {
        return EV_OK;
    }
    error->detail = (int32_t)model->state_bytes;
    return EV_ERR_ARENA;
}

static ev_status_t open_model(ev_model_t **result, const uint8_t *file, uint32_t file_bytes, uint8_t *arena,
                              uint32_t arena_bytes, ev_error_t *error)
{
    ev_model_t located = {.used_bytes = 0};
    ev_model_t *model = (ev_model_t *)(void *)arena;
    if (error) {
        *error = no_error;
    }
    if (!result || !file || !arena || !error || (uintptr_t)arena % EV_ARENA_ALIGN != 0) {
        return EV_ERR_ARGUMENT;
    }
    ev_status_t status = nn_model_locate(&located, file, file_bytes);
    if (status == EV_OK) {
        status = reserve(&located, table_bytes(&located), arena_bytes, error);
    }
    if (status != EV_OK) {
        return fail(error, status);
    }
    *model = located;
    status = nn_plan_lifetimes(model, error);
    if (status == EV_OK) { /* now the operators are known to be sound */
        status = reserve(model, table_bytes(model) + nn_steps_bytes(model), arena_bytes, error);
    }
    if (status == EV_OK) {
        status = nn_plan_place(model, arena_bytes, error);
    }
    if (status == EV_OK) {
        status = nn_steps_write(model, error);
    }
    if (status == EV_OK) {
        nn_plan_reset_state(model);
        *result = model;
    }
    return fail(error, status);
}

static ev_status_t describe(const ev_model_t *model, nn_vector_t tensors, uint32_t index, ev_tensor_t *tensor)
{
    nn_view_t view = nn_model_view(model);
    nn_operand_t operand;
    if (index >= tensors.count) {
        return EV_ERR_ARGUMENT;
    }
    ev_status_t status = nn_model_operand(model, nn_view_i32_at(&view, tensors, index), &operand);
    if (status != EV_OK) {
        return status;
    }
    ev_tensor_t description = {
        .data = operand.data,
        .bytes = operand.bytes,
        .type = operand.type,
        .rank = operand.rank,
        .scale = operand.scale,
        .zero_point = operand.zero_point,
    };
    memcpy(description.dims, operand.dims, (size_t)operand.rank * sizeof operand.dims[0]);
    *tensor = description;
    return EV_OK;
}

static ev_status_t input(ev_model_t *model, uint32_t index, ev_tensor_t *tensor)
{
    return model && tensor ? describe(model, model->inputs, index, tensor) : EV_ERR_ARGUMENT;
}

static ev_status_t output(ev_model_t *model, uint32_t index, ev_tensor_t *tensor)
{
    return model && tensor ? describe(model, model->outputs, index, tensor) : EV_ERR_ARGUMENT;
}

static ev_status_t invoke(ev_model_t *model, ev_observer_fn observer, void *context, ev_error_t *error)
{
    if (!model || !error) {
        return EV_ERR_ARGUMENT;
    }
    *error = no_error;
    const uint32_t *step = nn_model_steps(model);
    for (uint32_t i = 0; i < model->operators.count; i++) {
        if (observer) {
            observer(context, i, 0);
        }
        ev_status_t status = nn_step_run(model, i, &step, error);
        if (status != EV_OK) {
            return fail(error, status);
        }
        if (observer) {
            observer(context, i, 1);
        }
    }
    return EV_OK;
}

static ev_status_t stats(const ev_model_t *model, ev_stats_t *result)
{
    if (!model || !result) {
        return EV_ERR_ARGUMENT;
    }
    ev_stats_t values = {
        .input_count = model->inputs.count,
        .output_count = model->outputs.count,
        .op_count = model->operators.count,
        .arena_used_bytes = model->used_bytes,
        .arena_state_bytes = model->state_bytes,
    };
    *result = values;
    return EV_OK;
}

static ev_status_t op_info(const ev_model_t *model, uint32_t op_index, ev_op_info_t *info)
{
    nn_op_t op;
    if (!model || !info || op_index >= model->operators.count) {
        return EV_ERR_ARGUMENT;
    }
    ev_status_t status = nn_op_read(model, op_index, &op);
    info->op_code = op.code;
    info->output_count = op.outputs.count;
    info->live_bytes = nn_plan_live_bytes(model, op_index);
    return status;
}

static ev_status_t op_output(ev_model_t *model, uint32_t op_index, uint32_t index, ev_tensor_t *tensor)
{
    nn_op_t op;
    if (!model || !tensor || op_index >= model->operators.count) {
        return EV_ERR_ARGUMENT;
    }
    ev_status_t status = nn_op_read(model, op_index, &op);
    return status == EV_OK ? describe(model, op.outputs, index, tensor) : status;
}

const ev_engine_t ev_engine_builtin = {
    .name = "builtin",
    .version = "1.1-r2", /* r2: multipliers as TensorFlow Lite Micro has them since October 2026, docs/OPERATORS.md */
    .open = open_model,
    .input = input,
    .output = output,
    .invoke = invoke,
    .stats = stats,
    .op_info = op_info,
    .op_output = op_output,
};
