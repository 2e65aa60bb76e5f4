#include "inference.h"

#include <string.h>

void inference_expect_inputs(session_t *session)
{
    session->input_index = 0;
    session->input_offset = 0;
}

ev_status_t inference_tensor(session_t *session, request_t *request)
{
    const ev_engine_t *engine = session->engine;
    const uint32_t index = request->payload[1];
    ev_tensor_t tensor = {0};
    const ev_status_t status = request->payload[0] == 0 ? engine->input(session->model, index, &tensor)
                                                        : engine->output(session->model, index, &tensor);
    if (status != EV_OK) {
        return status;
    }
    uint32_t words[5 + EV_MAX_RANK] = {(uint32_t)tensor.type, (uint32_t)tensor.rank};
    for (uint32_t i = 0; i < EV_MAX_RANK; i++) {
        words[2 + i] = (uint32_t)tensor.dims[i];
    }
    memcpy(&words[2 + EV_MAX_RANK], &tensor.scale, sizeof(uint32_t));
    words[3 + EV_MAX_RANK] = (uint32_t)tensor.zero_point;
    words[4 + EV_MAX_RANK] = tensor.bytes;
    request_reply(request, words, 5 + EV_MAX_RANK);
    return EV_OK;
}

/* Inputs arrive in order and whole: an inference never sees a stale byte. */
ev_status_t inference_write_input(session_t *session, request_t *request)
{
    const uint32_t index = request->payload[0];
    const uint32_t offset = frame_get_u32(request->payload + 4);
    const uint32_t bytes = request->bytes - 8;
    session->has_outputs = false; /* they may share memory with the inputs */
    if (index == 0 && offset == 0) {
        inference_expect_inputs(session);
    }
    if (index != session->input_index || offset != session->input_offset) {
        return EV_ERR_STATE;
    }
    ev_tensor_t tensor = {0};
    const ev_status_t status = session->engine->input(session->model, index, &tensor);
    if (status != EV_OK) {
        return status;
    }
    if (bytes > tensor.bytes - offset) {
        return EV_ERR_REQUEST;
    }
    memcpy((uint8_t *)tensor.data + offset, request->payload + 8, bytes);
    session->input_offset += bytes;
    if (session->input_offset == tensor.bytes) {
        session->input_index++;
        session->input_offset = 0;
    }
    return EV_OK;
}

static ev_status_t run_model(session_t *session, request_t *request, ev_observer_fn observer, void *context,
                             uint32_t *cycles)
{
    if (session->input_index != session->input_count) {
        return EV_ERR_STATE;
    }
    inference_expect_inputs(session); /* the arena reuses the inputs' memory */
    ev_error_t error = {.status = EV_OK, .op_index = -1, .op_code = -1, .detail = 0};
    const uint32_t start = session->port->cycles();
    const ev_status_t status = session->engine->invoke(session->model, observer, context, &error);
    *cycles = session->port->cycles() - start;
    if (status != EV_OK) {
        return request_fail(request, status, &error);
    }
    session->has_outputs = true;
    return EV_OK;
}

/* All outputs one after the other when they fit into `room` bytes, otherwise nothing. */
static uint32_t put_outputs(const session_t *session, uint8_t *at, uint32_t room)
{
    uint32_t used = 0;
    ev_tensor_t tensor = {0};
    for (uint32_t i = 0; session->engine->output(session->model, i, &tensor) == EV_OK; i++) {
        if (tensor.bytes > room - used) {
            return 0;
        }
        memcpy(at + used, tensor.data, tensor.bytes);
        used += tensor.bytes;
    }
    return used;
}

ev_status_t inference_run(session_t *session, request_t *request)
{
    uint32_t cycles = 0;
    const ev_status_t status = run_model(session, request, NULL, NULL, &cycles);
    if (status == EV_OK) {
        frame_put_u32(request->reply, cycles);
        request->reply_bytes = 4 + put_outputs(session, request->reply + 4, FRAME_CHUNK_MAX);
    }
    return status;
}

ev_status_t inference_read_output(session_t *session, request_t *request)
{
    const uint32_t offset = frame_get_u32(request->payload + 4);
    ev_tensor_t tensor = {0};
    if (!session->has_outputs) {
        return EV_ERR_STATE;
    }
    const ev_status_t status = session->engine->output(session->model, request->payload[0], &tensor);
    if (status != EV_OK) {
        return status;
    }
    if (offset >= tensor.bytes) {
        return EV_ERR_REQUEST;
    }
    const uint32_t rest = tensor.bytes - offset;
    request->reply_bytes = rest < FRAME_CHUNK_MAX ? rest : FRAME_CHUNK_MAX;
    memcpy(request->reply, (const uint8_t *)tensor.data + offset, request->reply_bytes);
    return EV_OK;
}

#define PROFILE_ROW_BYTES 12u
#define PROFILE_ROWS_MAX ((FRAME_PAYLOAD_MAX - 4u) / PROFILE_ROW_BYTES)

typedef struct {
    session_t *session;
    uint8_t *rows;
    uint32_t first_op;
    uint32_t count;
    uint32_t start;
} profile_t;

/* Not static: the emulator finds the operators' boundaries by this symbol. */
void ev_profile_observer(void *context, uint32_t op_index, int after);

void ev_profile_observer(void *context, uint32_t op_index, int after)
{
    profile_t *profile = context;
    const uint32_t now = profile->session->port->cycles();
    if (after == 0) {
        profile->start = now;
        return;
    }
    const uint32_t row = op_index - profile->first_op;
    ev_op_info_t info;
    if (row >= PROFILE_ROWS_MAX ||
        profile->session->engine->op_info(profile->session->model, op_index, &info) != EV_OK) {
        return;
    }
    const uint32_t words[] = {(uint32_t)info.op_code, now - profile->start, info.live_bytes};
    (void)frame_put_words(profile->rows + row * PROFILE_ROW_BYTES, words, 3);
    profile->count = row + 1;
}

ev_status_t inference_profile(session_t *session, request_t *request)
{
    profile_t profile = {
        .session = session,
        .rows = request->reply + 4,
        .first_op = frame_get_u32(request->payload),
    };
    uint32_t cycles = 0;
    const ev_status_t status = run_model(session, request, ev_profile_observer, &profile, &cycles);
    if (status == EV_OK) {
        frame_put_u32(request->reply, cycles);
        request->reply_bytes = 4 + profile.count * PROFILE_ROW_BYTES;
    }
    return status;
}
