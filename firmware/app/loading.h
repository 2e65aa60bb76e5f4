/* Requests that bring a model into the slot and open it. */
#ifndef LOADING_H
#define LOADING_H

#include "request.h"
#include "state.h"

ev_status_t loading_begin(session_t *session, request_t *request);
ev_status_t loading_chunk(session_t *session, request_t *request);
ev_status_t loading_commit(session_t *session, request_t *request);

#endif
