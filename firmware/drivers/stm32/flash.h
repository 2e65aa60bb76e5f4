/* The model slot in the chip's flash. */
#ifndef STM32_FLASH_H
#define STM32_FLASH_H

#include <stdint.h>

#include "ev_status.h"

typedef struct {
    uintptr_t slot;      /* start address, on the border of an erase unit */
    uint32_t first_unit; /* number of the sector at `slot`; unused where pages are numbered by address */
    uint32_t unit_bytes; /* all units of the slot have this size */
} flash_config_t;

void flash_init(const flash_config_t *config);
ev_status_t flash_slot_erase(uint32_t bytes);
ev_status_t flash_slot_write(uint32_t offset, const uint8_t *data, uint32_t bytes);

#endif
