/* Flash of STM32F4 and STM32F7: sectors, written word by word (RM0090 and RM0385, chapter 3). */
#include "cpu/cpu.h"
#include "flash.h"
#include "flash_common.h"

#define FLASH_BASE 0x40023C00u
#define FLASH_KEYR (FLASH_BASE + 0x04u)
#define FLASH_SR (FLASH_BASE + 0x0Cu)
#define FLASH_CR (FLASH_BASE + 0x10u)

#define SR_ERRORS 0xF2u /* operation, protection, alignment, parallelism, sequence */
#define SR_BUSY (1u << 16)
#define CR_PROGRAM (1u << 0)
#define CR_ERASE (1u << 1)
#define CR_SECTOR_SHIFT 3u
#define CR_WORDS (2u << 8) /* 32-bit parallelism: supply of 2.7 to 3.6 V */
#define CR_START (1u << 16)

static const flash_config_t *flash;

void flash_init(const flash_config_t *config)
{
    flash = config;
}

static ev_status_t finish(uint32_t limit)
{
    if (!cpu_wait(FLASH_SR, SR_BUSY, 0, limit)) {
        return EV_ERR_TIMEOUT;
    }
    return (REG32(FLASH_SR) & SR_ERRORS) == 0 ? EV_OK : EV_ERR_FLASH;
}

ev_status_t flash_slot_erase(uint32_t bytes)
{
    ev_status_t status = EV_OK;
    flash_unlock(FLASH_KEYR, FLASH_CR);
    REG32(FLASH_SR) = SR_ERRORS;
    for (uint32_t done = 0; done < bytes && status == EV_OK; done += flash->unit_bytes) {
        const uint32_t sector = flash->first_unit + done / flash->unit_bytes;
        REG32(FLASH_CR) = CR_WORDS | CR_ERASE | (sector << CR_SECTOR_SHIFT);
        REG32(FLASH_CR) |= CR_START;
        status = finish(FLASH_ERASE_READS);
    }
    flash_lock(FLASH_CR);
    return status;
}

ev_status_t flash_slot_write(uint32_t offset, const uint8_t *data, uint32_t bytes)
{
    ev_status_t status = EV_OK;
    flash_unlock(FLASH_KEYR, FLASH_CR);
    REG32(FLASH_SR) = SR_ERRORS;
    REG32(FLASH_CR) = CR_WORDS | CR_PROGRAM;
    for (uint32_t i = 0; i < bytes && status == EV_OK; i += 4) {
        REG32(flash->slot + offset + i) = flash_word(data + i, bytes - i);
        __asm volatile("dsb" ::: "memory");
        status = finish(FLASH_WRITE_READS);
    }
    flash_lock(FLASH_CR);
    return status;
}
