/* STM32F407: 168 MHz (RM0090 chapters 5 and 7). */
#include "clock.h"
#include "cpu/cpu.h"
#include "flash_common.h"

#define RCC 0x40023800u
#define RCC_CR (RCC + 0x00u)
#define RCC_PLLCFGR (RCC + 0x04u)
#define RCC_CFGR (RCC + 0x08u)
#define RCC_APB1ENR (RCC + 0x40u)
#define PWR_CR 0x40007000u
#define FLASH_ACR 0x40023C00u

#define CORE_HZ 168000000u
#define RESET_HZ 16000000u
#define HSE_ON (1u << 16)
#define HSE_READY (1u << 17)
#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)
#define PLL_FROM_HSE (1u << 22)
#define PLL_RESERVED (1u << 29) /* set at reset, to be kept */
#define APB1_DIV4_APB2_DIV2 ((5u << 10) | (4u << 13))
#define ACR_CACHES ((1u << 8) | (1u << 9) | (1u << 10)) /* prefetch, instruction and data cache */
#define ACR_DATA_CACHE (1u << 10)
#define ACR_DATA_RESET (1u << 12)
#define WAIT_STATES 5u

clocks_t clock_init(uint32_t crystal_hz)
{
    clock_enable(RCC_APB1ENR, 1u << 28); /* power controller */
    REG32(PWR_CR) |= 1u << 14;           /* voltage scale 1 */
    REG32(RCC_CR) |= HSE_ON;
    const bool crystal = cpu_wait(RCC_CR, HSE_READY, HSE_READY, CLOCK_READS);
    const uint32_t input_mhz = (crystal ? crystal_hz : RESET_HZ) / 1000000u;
    /* 1 MHz in, 336 MHz VCO, divided by 2; the 48 MHz output by 7 */
    REG32(RCC_PLLCFGR) = PLL_RESERVED | input_mhz | (336u << 6) | (crystal ? PLL_FROM_HSE : 0) | (7u << 24);
    REG32(RCC_CR) |= PLL_ON;
    const bool locked = cpu_wait(RCC_CR, PLL_READY, PLL_READY, CLOCK_READS);
    REG32(FLASH_ACR) = ACR_CACHES | WAIT_STATES;
    if (!locked || !cpu_wait(FLASH_ACR, 0x7u, WAIT_STATES, CLOCK_READS)) {
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
    REG32(FLASH_ACR) &= ~ACR_DATA_CACHE; /* it can only be reset while off */
    REG32(FLASH_ACR) |= ACR_DATA_RESET;
    REG32(FLASH_ACR) &= ~ACR_DATA_RESET;
    REG32(FLASH_ACR) |= ACR_DATA_CACHE;
}
