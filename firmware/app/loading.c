#include "loading.h"

#include "inference.h"

ev_status_t loading_begin(session_t *session, request_t *request)
{
    bool present = false;
    session->model = NULL;
    const ev_status_t status = slot_begin(&session->slot, session->port, frame_get_u32(request->payload),
                                          frame_get_u32(request->payload + 4), &present);
    if (status == EV_ERR_SLOT) {
        const ev_error_t error = {status, -1, -1, (int32_t)session->port->slot_bytes};
        return request_fail(request, status, &error);
    }
    const uint32_t words[] = {present ? 1u : 0u};
    request_reply(request, words, 1);
    return status;
}

ev_status_t loading_chunk(session_t *session, request_t *request)
{
    /* The slot must not change under an open model. */
    if (session->model != NULL) {
        return EV_ERR_STATE;
    }
    return slot_chunk(&session->slot, session->port, frame_get_u32(request->payload), request->payload + 4,
                      request->bytes - 4);
}

ev_status_t loading_commit(session_t *session, request_t *request)
{
    const ev_port_t *port = session->port;
    session->model = NULL;
    const ev_status_t status = slot_check(&session->slot, port);
    if (status != EV_OK) {
        return status;
    }
    ev_error_t error = {.status = EV_OK, .op_index = -1, .op_code = -1, .detail = 0};
    ev_model_t *model = NULL;
    const ev_status_t opened = session->engine->open(&model, port->slot, session->slot.bytes, port->arena,
                                                     port->arena_bytes, &error);
    if (opened != EV_OK) {
        return request_fail(request, opened, &error);
    }
    ev_stats_t stats;
    if (session->engine->stats(model, &stats) != EV_OK) {
        return EV_ERR_STATE;
    }
    session->model = model;
    session->input_count = stats.input_count;
    session->has_outputs = false;
    inference_expect_inputs(session);
    const uint32_t words[] = {stats.input_count, stats.output_count, stats.op_count};
    request_reply(request, words, 3);
    return EV_OK;
}
