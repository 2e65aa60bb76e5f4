#include "requests.h"

#include <string.h>

#define NAME_BYTES 16u

static uint8_t *put_name(uint8_t *at, const char *name)
{
    memset(at, 0, NAME_BYTES);
    for (uint32_t i = 0; i < NAME_BYTES - 1 && name[i] != '\0'; i++) {
        at[i] = (uint8_t)name[i];
    }
    return at + NAME_BYTES;
}

uint8_t *ev_put_words(uint8_t *at, const uint32_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ev_put_u32(at + 4 * i, words[i]);
    }
    return at + 4 * count;
}

ev_status_t ev_reply_error(ev_request_t *request, ev_status_t status, const ev_error_t *error)
{
    const uint32_t words[] = {(uint32_t)error->op_index, (uint32_t)error->op_code, (uint32_t)error->detail};
    request->reply_bytes = (uint32_t)(ev_put_words(request->reply, words, 3) - request->reply);
    return status;
}

static ev_status_t hello(ev_session_t *session, ev_request_t *request)
{
    const ev_port_t *port = session->port;
    const uint32_t words[] = {
        EV_CHUNK_MAX | ((uint32_t)port->time_source << 16),
        port->core_hz,
        (uint32_t)(uintptr_t)port->slot,
        port->slot_bytes,
        port->arena_bytes,
        port->static_bytes,
        port->stack_bytes,
    };
    uint8_t *at = ev_put_words(request->reply, words, sizeof words / sizeof words[0]);
    memcpy(at, port->build_id, 20);
    at = put_name(at + 20, port->target);
    at = put_name(at, session->engine->name);
    at = put_name(at, session->engine->version);
    request->reply_bytes = (uint32_t)(at - request->reply);
    return EV_OK;
}

static ev_status_t load_begin(ev_session_t *session, ev_request_t *request)
{
    bool present = false;
    session->model = NULL;
    const ev_status_t status = ev_slot_begin(&session->slot, session->port, ev_get_u32(request->payload),
                                             ev_get_u32(request->payload + 4), &present);
    if (status == EV_ERR_SLOT) {
        const ev_error_t error = {status, -1, -1, (int32_t)session->port->slot_bytes};
        return ev_reply_error(request, status, &error);
    }
    const uint32_t words[] = {present ? 1u : 0u};
    request->reply_bytes = (uint32_t)(ev_put_words(request->reply, words, 1) - request->reply);
    return status;
}

static ev_status_t load_chunk(ev_session_t *session, ev_request_t *request)
{
    /* The slot must not change under an open model. */
    if (session->model != NULL) {
        return EV_ERR_STATE;
    }
    return ev_slot_chunk(&session->slot, session->port, ev_get_u32(request->payload), request->payload + 4,
                         request->bytes - 4);
}

static ev_status_t load_commit(ev_session_t *session, ev_request_t *request)
{
    const ev_port_t *port = session->port;
    session->model = NULL;
    const ev_status_t status = ev_slot_check(&session->slot, port);
    if (status != EV_OK) {
        return status;
    }
    ev_error_t error = {.status = EV_OK, .op_index = -1, .op_code = -1, .detail = 0};
    ev_model_t *model = NULL;
    const ev_status_t opened =
        session->engine->open(&model, port->slot, session->slot.bytes, port->arena, port->arena_bytes, &error);
    if (opened != EV_OK) {
        return ev_reply_error(request, opened, &error);
    }
    ev_stats_t stats;
    if (session->engine->stats(model, &stats) != EV_OK) {
        return EV_ERR_STATE;
    }
    session->model = model;
    session->input_count = stats.input_count;
    session->has_outputs = false;
    ev_expect_inputs(session);
    const uint32_t words[] = {stats.input_count, stats.output_count, stats.op_count};
    request->reply_bytes = (uint32_t)(ev_put_words(request->reply, words, 3) - request->reply);
    return EV_OK;
}

static ev_status_t stats(ev_session_t *session, ev_request_t *request)
{
    const ev_port_t *port = session->port;
    ev_stats_t model = {0};
    if (session->model != NULL && session->engine->stats(session->model, &model) != EV_OK) {
        return EV_ERR_STATE;
    }
    const uint32_t words[] = {
        port->static_bytes,      port->stack_bytes,       port->stack_used(),          port->arena_bytes,
        model.arena_used_bytes,  model.arena_state_bytes, session->decoder.rejected,   port->uart_errors(),
    };
    request->reply_bytes =
        (uint32_t)(ev_put_words(request->reply, words, sizeof words / sizeof words[0]) - request->reply);
    return EV_OK;
}

static ev_status_t reset(ev_session_t *session, ev_request_t *request)
{
    (void)request;
    session->reset_requested = true; /* after the reply is out */
    return EV_OK;
}

static const ev_route_t routes[] = {
    [EV_OP_HELLO] = {hello, 0, 0, false},
    [EV_OP_LOAD_BEGIN] = {load_begin, 8, 8, false},
    [EV_OP_LOAD_CHUNK] = {load_chunk, 5, 4 + EV_CHUNK_MAX, false},
    [EV_OP_LOAD_COMMIT] = {load_commit, 0, 0, false},
    [EV_OP_TENSOR] = {ev_handle_tensor_info, 2, 2, true},
    [EV_OP_WRITE_INPUT] = {ev_handle_write_input, 9, 8 + EV_CHUNK_MAX, true},
    [EV_OP_INFER] = {ev_handle_infer, 0, 0, true},
    [EV_OP_READ_OUTPUT] = {ev_handle_read_output, 8, 8, true},
    [EV_OP_PROFILE] = {ev_handle_profile, 4, 4, true},
    [EV_OP_STATS] = {stats, 0, 0, false},
    [EV_OP_RESET] = {reset, 0, 0, false},
};

const ev_route_t *ev_route(uint8_t opcode)
{
    if (opcode >= sizeof routes / sizeof routes[0] || routes[opcode].handle == NULL) {
        return NULL;
    }
    return &routes[opcode];
}
