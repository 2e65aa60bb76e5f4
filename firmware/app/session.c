#include "session.h"

#include <string.h>

#include "routes.h"

void session_init(session_t *session, const ev_port_t *port, const ev_engine_t *engine)
{
    memset(session, 0, sizeof *session);
    session->port = port;
    session->engine = engine;
    frame_decoder_init(&session->decoder);
}

static void send_kept_reply(const session_t *session)
{
    /* A reply that cannot be sent is asked for again by the host. */
    (void)session->port->uart_write(session->reply, session->reply_bytes);
}

static void send_reply(session_t *session, uint8_t opcode, uint32_t sequence, ev_status_t status,
                       uint32_t payload_bytes)
{
    const frame_t reply = {
        .opcode = (uint8_t)(opcode | FRAME_REPLY_BIT),
        .status = (int8_t)status,
        .payload_bytes = (uint16_t)payload_bytes,
        .sequence = sequence,
    };
    session->reply_bytes = frame_encode(session->reply, &reply);
    send_kept_reply(session);
}

static uint32_t put_fault(uint8_t *payload, const ev_fault_t *fault)
{
    const uint32_t words[] = {
        fault->r[0], fault->r[1], fault->r[2], fault->r[3], fault->r12,   fault->lr,   fault->pc,
        fault->xpsr, fault->sp,   fault->cfsr, fault->hfsr, fault->mmfar, fault->bfar,
    };
    (void)frame_put_words(payload, words, sizeof words / sizeof words[0]);
    return sizeof words;
}

static ev_status_t dispatch(session_t *session, const frame_t *frame, request_t *request)
{
    const bool harmless = frame->opcode == REQUEST_HELLO || frame->opcode == REQUEST_RESET;
    if (session->fault != NULL && !harmless) {
        request->reply_bytes = put_fault(request->reply, session->fault);
        return EV_ERR_FAULT;
    }
    const route_t *route = route_find(frame->opcode);
    if (frame->version != FRAME_PROTOCOL_VERSION || route == NULL || frame->payload_bytes < route->min_bytes ||
        frame->payload_bytes > route->max_bytes) {
        return EV_ERR_REQUEST;
    }
    if (route->needs_model && session->model == NULL) {
        return EV_ERR_STATE;
    }
    return route->handle(session, request);
}

static void answer(session_t *session, const frame_t *frame)
{
    request_t request = {
        .payload = frame->payload,
        .bytes = frame->payload_bytes,
        .reply = session->reply + FRAME_HEADER_BYTES,
        .reply_bytes = 0,
    };
    session->has_reply = false;
    session->busy = true;
    session->busy_opcode = frame->opcode;
    session->busy_sequence = frame->sequence;
    const ev_status_t status = dispatch(session, frame, &request);
    session->busy = false;
    session->last_sequence = frame->sequence;
    session->last_crc = frame->crc;
    session->has_reply = true;
    send_reply(session, frame->opcode, frame->sequence, status, request.reply_bytes);
}

/* The same sequence number and the same bytes: the reply was lost, not the request. */
static bool is_repeated(const session_t *session, const frame_t *frame)
{
    return session->has_reply && frame->sequence == session->last_sequence && frame->crc == session->last_crc;
}

void session_poll(session_t *session)
{
    uint32_t space = 0;
    uint8_t *at = frame_decoder_space(&session->decoder, &space);
    frame_decoder_received(&session->decoder, session->port->uart_read(at, space));

    frame_t frame;
    while (frame_decoder_next(&session->decoder, &frame)) {
        if ((frame.opcode & FRAME_REPLY_BIT) != 0) {
            continue; /* our own echo */
        }
        if (is_repeated(session, &frame)) {
            send_kept_reply(session);
        } else {
            answer(session, &frame);
        }
        if (session->reset_requested) {
            session->port->reset();
        }
    }
}

void session_fault(session_t *session, const ev_fault_t *fault)
{
    session->fault = fault;
    session->has_reply = false;
    if (session->busy) {
        session->busy = false;
        const uint32_t bytes = put_fault(session->reply + FRAME_HEADER_BYTES, fault);
        send_reply(session, session->busy_opcode, session->busy_sequence, EV_ERR_FAULT, bytes);
    }
}
