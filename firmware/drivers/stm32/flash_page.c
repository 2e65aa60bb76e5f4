/* Flash of STM32L4+: pages, written in double words (RM0432 chapter 3). */
#include "cpu/cpu.h"
#include "flash.h"
#include "flash_common.h"

#define FLASH_BASE 0x40022000u
#define FLASH_KEYR (FLASH_BASE + 0x08u)
#define FLASH_SR (FLASH_BASE + 0x10u)
#define FLASH_CR (FLASH_BASE + 0x14u)
#define FLASH_OPTR (FLASH_BASE + 0x20u)

#define SR_ERRORS 0xC3FAu
#define SR_BUSY (1u << 16)
#define CR_PROGRAM (1u << 0)
#define CR_ERASE (1u << 1)
#define CR_PAGE_SHIFT 3u
#define CR_BANK_2 (1u << 11)
#define CR_START (1u << 16)
#define OPTR_DUAL_BANK (1u << 22)
#define BANK_BYTES 0x100000u
#define MEMORY_BASE 0x08000000u

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

/* In dual bank mode pages have half the size and are numbered in each bank from 0. */
static uint32_t page_select(uint32_t offset, bool dual_bank)
{
    if (!dual_bank) {
        return (offset / flash->unit_bytes) << CR_PAGE_SHIFT;
    }
    const uint32_t page = (offset % BANK_BYTES) / (flash->unit_bytes / 2);
    return (page << CR_PAGE_SHIFT) | (offset >= BANK_BYTES ? CR_BANK_2 : 0);
}

ev_status_t flash_slot_erase(uint32_t bytes)
{
    const bool dual_bank = (REG32(FLASH_OPTR) & OPTR_DUAL_BANK) != 0;
    const uint32_t page_bytes = dual_bank ? flash->unit_bytes / 2 : flash->unit_bytes;
    const uint32_t start = (uint32_t)(flash->slot - MEMORY_BASE);
    ev_status_t status = EV_OK;
    flash_unlock(FLASH_KEYR, FLASH_CR);
    REG32(FLASH_SR) = SR_ERRORS;
    for (uint32_t done = 0; done < bytes && status == EV_OK; done += page_bytes) {
        REG32(FLASH_CR) = CR_ERASE | page_select(start + done, dual_bank);
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
    REG32(FLASH_CR) = CR_PROGRAM;
    for (uint32_t i = 0; i < bytes && status == EV_OK; i += 8) {
        REG32(flash->slot + offset + i) = flash_word(data + i, bytes - i);
        REG32(flash->slot + offset + i + 4) = bytes - i > 4 ? flash_word(data + i + 4, bytes - i - 4) : ~0u;
        __asm volatile("dsb" ::: "memory");
        status = finish(FLASH_WRITE_READS);
    }
    flash_lock(FLASH_CR);
    return status;
}
