#include "routes.h"

#include <string.h>

#include "inference.h"
#include "loading.h"

#define NAME_BYTES 16u

static uint8_t *put_name(uint8_t *at, const char *name)
{
    memset(at, 0, NAME_BYTES);
    for (uint32_t i = 0; i < NAME_BYTES - 1 && name[i] != '\0'; i++) {
        at[i] = (uint8_t)name[i];
    }
    return at + NAME_BYTES;
}

static ev_status_t hello(session_t *session, request_t *request)
{
    const ev_port_t *port = session->port;
    const uint32_t words[] = {
        FRAME_CHUNK_MAX | ((uint32_t)port->time_source << 16),
        port->core_hz,
        (uint32_t)(uintptr_t)port->slot,
        port->slot_bytes,
        port->arena_bytes,
        port->static_bytes,
        port->stack_bytes,
    };
    uint8_t *at = frame_put_words(request->reply, words, sizeof words / sizeof words[0]);
    memcpy(at, port->build_id, 20);
    at = put_name(at + 20, port->target);
    at = put_name(at, session->engine->name);
    at = put_name(at, session->engine->version);
    request->reply_bytes = (uint32_t)(at - request->reply);
    return EV_OK;
}

static ev_status_t stats(session_t *session, request_t *request)
{
    const ev_port_t *port = session->port;
    ev_stats_t model = {0};
    if (session->model != NULL && session->engine->stats(session->model, &model) != EV_OK) {
        return EV_ERR_STATE;
    }
    const uint32_t words[] = {
        port->static_bytes,     port->stack_bytes,       port->stack_used(),        port->arena_bytes,
        model.arena_used_bytes, model.arena_state_bytes, session->decoder.rejected, port->uart_errors(),
    };
    request_reply(request, words, sizeof words / sizeof words[0]);
    return EV_OK;
}

static ev_status_t reset(session_t *session, request_t *request)
{
    (void)request;
    session->reset_requested = true; /* after the reply is out */
    return EV_OK;
}

static const route_t routes[] = {
    [REQUEST_HELLO] = {hello, 0, 0, false},
    [REQUEST_LOAD_BEGIN] = {loading_begin, 8, 8, false},
    [REQUEST_LOAD_CHUNK] = {loading_chunk, 5, 4 + FRAME_CHUNK_MAX, false},
    [REQUEST_LOAD_COMMIT] = {loading_commit, 0, 0, false},
    [REQUEST_TENSOR] = {inference_tensor, 2, 2, true},
    [REQUEST_WRITE_INPUT] = {inference_write_input, 9, 8 + FRAME_CHUNK_MAX, true},
    [REQUEST_INFER] = {inference_run, 0, 0, true},
    [REQUEST_READ_OUTPUT] = {inference_read_output, 8, 8, true},
    [REQUEST_PROFILE] = {inference_profile, 4, 4, true},
    [REQUEST_STATS] = {stats, 0, 0, false},
    [REQUEST_RESET] = {reset, 0, 0, false},
};

const route_t *route_find(uint8_t opcode)
{
    if (opcode >= sizeof routes / sizeof routes[0] || routes[opcode].handle == NULL) {
        return NULL;
    }
    return &routes[opcode];
}
