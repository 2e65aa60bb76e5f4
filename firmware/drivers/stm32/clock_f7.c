/* STM32F746: 216 MHz with over-drive (RM0385 chapters 4 and 5). */
#include "clock.h"
#include "cpu/cpu.h"
#include "flash_common.h"

#define RCC 0x40023800u
#define RCC_CR (RCC + 0x00u)
#define RCC_PLLCFGR (RCC + 0x04u)
#define RCC_CFGR (RCC + 0x08u)
#define RCC_APB1ENR (RCC + 0x40u)
#define PWR_CR1 0x40007000u
#define PWR_CSR1 0x40007004u
#define FLASH_ACR 0x40023C00u

#define CORE_HZ 216000000u
#define RESET_HZ 16000000u
#define HSE_ON (1u << 16)
#define HSE_READY (1u << 17)
#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)
#define PLL_FROM_HSE (1u << 22)
#define PLL_RESERVED (1u << 29) /* set at reset, to be kept */
#define OVERDRIVE (1u << 16)        /* enable in CR1, ready in CSR1 */
#define OVERDRIVE_SWITCH (1u << 17) /* enable in CR1, ready in CSR1 */
#define VOLTAGE_SCALE_1 (3u << 14)
#define APB1_DIV4_APB2_DIV2 ((5u << 10) | (4u << 13))
#define ACR_PREFETCH_ART ((1u << 8) | (1u << 9))
#define WAIT_STATES 7u

static bool overdrive_on(void)
{
    REG32(PWR_CR1) |= OVERDRIVE;
    if (!cpu_wait(PWR_CSR1, OVERDRIVE, OVERDRIVE, CLOCK_READS)) {
        return false;
    }
    REG32(PWR_CR1) |= OVERDRIVE_SWITCH;
    return cpu_wait(PWR_CSR1, OVERDRIVE_SWITCH, OVERDRIVE_SWITCH, CLOCK_READS);
}

clocks_t clock_init(uint32_t crystal_hz)
{
    clock_enable(RCC_APB1ENR, 1u << 28); /* power controller */
    REG32(PWR_CR1) |= VOLTAGE_SCALE_1;
    REG32(RCC_CR) |= HSE_ON;
    const bool crystal = cpu_wait(RCC_CR, HSE_READY, HSE_READY, CLOCK_READS);
    const uint32_t input_mhz = (crystal ? crystal_hz : RESET_HZ) / 1000000u;
    /* 1 MHz in, 432 MHz VCO, divided by 2; the 48 MHz output by 9 */
    REG32(RCC_PLLCFGR) = PLL_RESERVED | input_mhz | (432u << 6) | (crystal ? PLL_FROM_HSE : 0) | (9u << 24);
    REG32(RCC_CR) |= PLL_ON;
    const bool ready = overdrive_on() && cpu_wait(RCC_CR, PLL_READY, PLL_READY, CLOCK_READS);
    REG32(FLASH_ACR) = ACR_PREFETCH_ART | WAIT_STATES;
    if (!ready || !cpu_wait(FLASH_ACR, 0xFu, WAIT_STATES, CLOCK_READS)) {
        return (clocks_t){RESET_HZ, RESET_HZ};
    }
    REG32(RCC_CFGR) = APB1_DIV4_APB2_DIV2; /* before the switch, or the buses are too fast for a moment */
    REG32(RCC_CFGR) = APB1_DIV4_APB2_DIV2 | 2u;
    if (!cpu_wait(RCC_CFGR, 3u << 2, 2u << 2, CLOCK_READS)) {
        return (clocks_t){RESET_HZ, RESET_HZ / 2};
    }
    return (clocks_t){CORE_HZ, CORE_HZ / 2};
}

void flash_data_cache_drop(void)
{
    /* The accelerator (ART) sits on the ITCM port only; the slot is read over AXI. */
}
