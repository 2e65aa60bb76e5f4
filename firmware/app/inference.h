/* Requests that need an open model: tensors in, inference, tensors out. */
#ifndef INFERENCE_H
#define INFERENCE_H

#include "request.h"
#include "state.h"

/* The next input byte expected is the first one. */
void inference_expect_inputs(session_t *session);

ev_status_t inference_tensor(session_t *session, request_t *request);
ev_status_t inference_write_input(session_t *session, request_t *request);
ev_status_t inference_run(session_t *session, request_t *request);
ev_status_t inference_read_output(session_t *session, request_t *request);
ev_status_t inference_profile(session_t *session, request_t *request);

#endif
