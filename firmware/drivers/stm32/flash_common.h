/* What all STM32 flash controllers share. */
#ifndef STM32_FLASH_COMMON_H
#define STM32_FLASH_COMMON_H

#include <stdint.h>

#define FLASH_ERASE_READS 400000000u /* more than the longest erase, 4 s, at any core clock */
#define FLASH_WRITE_READS 1000000u

void flash_unlock(uintptr_t key_register, uintptr_t control_register);
/* Also drops what caches hold of the slot. */
void flash_lock(uintptr_t control_register);
/* The next word of `left` bytes of data; missing bytes are 0xFF, the erased state. */
uint32_t flash_word(const uint8_t *data, uint32_t left);

/* Drops the flash interface's own data cache; in the clock file of the family. */
void flash_data_cache_drop(void);

#endif
