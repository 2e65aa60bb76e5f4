/* What the device does for each request. */
#ifndef EV_REQUESTS_H
#define EV_REQUESTS_H

#include "session.h"

typedef struct {
    const uint8_t *payload;
    uint32_t bytes;
    uint8_t *reply;       /* room for EV_PAYLOAD_MAX bytes */
    uint32_t reply_bytes; /* set by the handler, also with an error status */
} ev_request_t;

typedef ev_status_t (*ev_handler_fn)(ev_session_t *session, ev_request_t *request);

typedef struct {
    ev_handler_fn handle;
    uint16_t min_bytes; /* of the payload */
    uint16_t max_bytes;
    bool needs_model;
} ev_route_t;

/* inference.c */
ev_status_t ev_handle_tensor_info(ev_session_t *session, ev_request_t *request);
ev_status_t ev_handle_write_input(ev_session_t *session, ev_request_t *request);
ev_status_t ev_handle_infer(ev_session_t *session, ev_request_t *request);
ev_status_t ev_handle_read_output(ev_session_t *session, ev_request_t *request);
ev_status_t ev_handle_profile(ev_session_t *session, ev_request_t *request);
void ev_expect_inputs(ev_session_t *session); /* the next input byte expected is the first one */

/* requests.c */
uint8_t *ev_put_words(uint8_t *at, const uint32_t *words, uint32_t count);
/* The reply of a failed request: where it failed, and `detail` of ev_error_t. */
ev_status_t ev_reply_error(ev_request_t *request, ev_status_t status, const ev_error_t *error);
/* NULL for an opcode that does not exist. */
const ev_route_t *ev_route(uint8_t opcode);

#endif
