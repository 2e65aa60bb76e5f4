/* The model slot: chunks into flash, then a check of the whole. */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>

#include "ev_port.h"

#define SLOT_WRITE_ALIGN 8u /* bytes; the widest write unit of the targets' flash */

typedef struct {
    uint32_t bytes;    /* announced by the host; 0 = no load in progress */
    uint32_t crc;      /* announced by the host */
    uint32_t received;
} slot_t;

/* Erase for a model of `bytes`. `*present` is true if the slot already holds exactly these bytes; nothing is erased
 * then. */
ev_status_t slot_begin(slot_t *slot, const ev_port_t *port, uint32_t bytes, uint32_t crc, bool *present);
ev_status_t slot_chunk(slot_t *slot, const ev_port_t *port, uint32_t offset, const uint8_t *data, uint32_t bytes);
/* EV_OK when the slot holds the announced bytes. */
ev_status_t slot_check(const slot_t *slot, const ev_port_t *port);

#endif
