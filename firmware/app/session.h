/* The device's side of the link: one request, one reply, docs/PROTOCOL.md. */
#ifndef EV_SESSION_H
#define EV_SESSION_H

#include <stdbool.h>

#include "ev_engine.h"
#include "ev_frame.h"
#include "ev_port.h"
#include "model_slot.h"

typedef enum {
    EV_OP_HELLO = 1,
    EV_OP_LOAD_BEGIN = 2,
    EV_OP_LOAD_CHUNK = 3,
    EV_OP_LOAD_COMMIT = 4,
    EV_OP_TENSOR = 5,
    EV_OP_WRITE_INPUT = 6,
    EV_OP_INFER = 7,
    EV_OP_READ_OUTPUT = 8,
    EV_OP_PROFILE = 9,
    EV_OP_STATS = 10,
    EV_OP_RESET = 11
} ev_opcode_t;

typedef struct {
    const ev_port_t *port;
    const ev_engine_t *engine;
    ev_decoder_t decoder;

    /* The last reply is kept and sent again when its request comes again. */
    uint8_t reply[EV_FRAME_MAX];
    uint32_t reply_bytes;
    uint32_t last_sequence;
    uint32_t last_crc;
    bool has_reply;

    bool busy; /* a request is being handled */
    uint8_t busy_opcode;
    uint32_t busy_sequence;
    bool reset_requested;
    const ev_fault_t *fault; /* not NULL: every request but HELLO and RESET is answered with it */

    ev_slot_t slot;
    ev_model_t *model; /* NULL: none is open */
    uint32_t input_count;
    uint32_t input_index;  /* the next input byte expected: tensor ... */
    uint32_t input_offset; /* ... and offset in it */
    bool has_outputs;
} ev_session_t;

void ev_session_init(ev_session_t *session, const ev_port_t *port, const ev_engine_t *engine);
/* Take what has arrived and answer every whole request. Never waits for input. */
void ev_session_poll(ev_session_t *session);
/* Answer the request in hand, if any, and all later ones with the fault's registers. */
void ev_session_fault(ev_session_t *session, const ev_fault_t *fault);

#endif
