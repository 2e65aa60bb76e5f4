/* The device's side of the link: one request, one reply, docs/PROTOCOL.md. */
#ifndef SESSION_H
#define SESSION_H

#include "state.h"

void session_init(session_t *session, const ev_port_t *port, const ev_engine_t *engine);
/* Take what has arrived and answer every whole request. Never waits for input. */
void session_poll(session_t *session);
/* Answer the request being handled, if any, and all later ones with the fault's registers. */
void session_fault(session_t *session, const ev_fault_t *fault);

#endif
