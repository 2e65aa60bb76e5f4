#include "slot.h"

#include <string.h>

#include "proto/frame.h"

static bool slot_holds(const slot_t *slot, const ev_port_t *port)
{
    return frame_crc32(0, port->slot, slot->bytes) == slot->crc;
}

ev_status_t slot_begin(slot_t *slot, const ev_port_t *port, uint32_t bytes, uint32_t crc, bool *present)
{
    slot->bytes = 0;
    slot->received = 0;
    if (bytes == 0 || bytes > port->slot_bytes) {
        return EV_ERR_SLOT;
    }
    slot->crc = crc;
    slot->bytes = bytes;
    /* The flash wears with every erase, so bytes that are already right stay. */
    *present = slot_holds(slot, port);
    if (*present) {
        slot->received = bytes;
        return EV_OK;
    }
    const ev_status_t status = port->slot_erase(bytes);
    if (status != EV_OK) {
        slot->bytes = 0;
    }
    return status;
}

ev_status_t slot_chunk(slot_t *slot, const ev_port_t *port, uint32_t offset, const uint8_t *data, uint32_t bytes)
{
    if (slot->bytes == 0 || offset != slot->received) {
        return EV_ERR_STATE;
    }
    const bool last = bytes == slot->bytes - offset;
    if (bytes > slot->bytes - offset || (!last && bytes % SLOT_WRITE_ALIGN != 0)) {
        return EV_ERR_REQUEST;
    }
    const ev_status_t status = port->slot_write(offset, data, bytes);
    if (status != EV_OK) {
        return status;
    }
    if (memcmp(port->slot + offset, data, bytes) != 0) {
        return EV_ERR_FLASH;
    }
    slot->received += bytes;
    return EV_OK;
}

ev_status_t slot_check(const slot_t *slot, const ev_port_t *port)
{
    if (slot->bytes == 0 || slot->received != slot->bytes) {
        return EV_ERR_STATE;
    }
    return slot_holds(slot, port) ? EV_OK : EV_ERR_HASH;
}
