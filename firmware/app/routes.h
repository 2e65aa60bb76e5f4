/* Which function answers which request. */
#ifndef ROUTES_H
#define ROUTES_H

#include "request.h"
#include "state.h"

typedef struct {
    ev_status_t (*handle)(session_t *session, request_t *request);
    uint16_t min_bytes; /* of the payload */
    uint16_t max_bytes;
    bool needs_model;
} route_t;

/* NULL for an opcode that does not exist. */
const route_t *route_find(uint8_t opcode);

#endif
