/* What the device remembers between two requests. */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>

#include "ev_engine.h"
#include "ev_port.h"
#include "proto/frame.h"
#include "slot.h"

typedef struct {
    const ev_port_t *port;
    const ev_engine_t *engine;
    frame_decoder_t decoder;

    /* The last reply is kept and sent again when its request comes again. */
    uint8_t reply[FRAME_MAX];
    uint32_t reply_bytes;
    uint32_t last_sequence;
    uint32_t last_crc;
    bool has_reply;

    bool busy; /* a request is being handled */
    uint8_t busy_opcode;
    uint32_t busy_sequence;
    bool reset_requested;
    const ev_fault_t *fault; /* not NULL: every request but HELLO and RESET is answered with it */

    slot_t slot;
    ev_model_t *model; /* NULL: none is open */
    uint32_t input_count;
    uint32_t input_index;  /* the next input byte expected: tensor ... */
    uint32_t input_offset; /* ... and offset in it */
    bool has_outputs;
} session_t;

#endif
