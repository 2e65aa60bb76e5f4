#include "flash_common.h"

#include <string.h>

#include "cpu/cpu.h"

#define KEY_1 0x45670123u
#define KEY_2 0xCDEF89ABu
#define CR_LOCK (1u << 31)

void flash_unlock(uintptr_t key_register, uintptr_t control_register)
{
    /* A key for an unlocked controller would lock it until the next reset. */
    if ((REG32(control_register) & CR_LOCK) != 0) {
        REG32(key_register) = KEY_1;
        REG32(key_register) = KEY_2;
    }
}

void flash_lock(uintptr_t control_register)
{
    REG32(control_register) = CR_LOCK;
    flash_data_cache_drop();
    cpu_data_cache_flush();
}

uint32_t flash_word(const uint8_t *data, uint32_t left)
{
    uint32_t word = ~0u;
    memcpy(&word, data, left < sizeof word ? left : sizeof word);
    return word;
}
