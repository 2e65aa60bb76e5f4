/* One request of the host and the reply that is made for it, docs/PROTOCOL.md. */
#ifndef REQUEST_H
#define REQUEST_H

#include "ev_status.h"
#include "proto/frame.h"

typedef enum {
    REQUEST_HELLO = 1,
    REQUEST_LOAD_BEGIN = 2,
    REQUEST_LOAD_CHUNK = 3,
    REQUEST_LOAD_COMMIT = 4,
    REQUEST_TENSOR = 5,
    REQUEST_WRITE_INPUT = 6,
    REQUEST_INFER = 7,
    REQUEST_READ_OUTPUT = 8,
    REQUEST_PROFILE = 9,
    REQUEST_STATS = 10,
    REQUEST_RESET = 11
} request_opcode_t;

typedef struct {
    const uint8_t *payload;
    uint32_t bytes;
    uint8_t *reply;       /* room for FRAME_PAYLOAD_MAX bytes */
    uint32_t reply_bytes; /* set by the handler, also with an error status */
} request_t;

/* Makes `words` the whole reply. */
void request_reply(request_t *request, const uint32_t *words, uint32_t count);
/* The reply of a failed request: where it failed, and `detail` of ev_error_t. Returns `status`. */
ev_status_t request_fail(request_t *request, ev_status_t status, const ev_error_t *error);

#endif
