/* STM32L4R5: 120 MHz from the 4 MHz MSI, range 1 boost (RM0432 chapters 5 and 6). */
#include "clock.h"
#include "cpu/cpu.h"
#include "flash_common.h"

#define RCC 0x40021000u
#define RCC_CR (RCC + 0x00u)
#define RCC_CFGR (RCC + 0x08u)
#define RCC_PLLCFGR (RCC + 0x0Cu)
#define RCC_APB1ENR1 (RCC + 0x58u)
#define PWR_CR1 0x40007000u
#define PWR_SR2 0x40007014u
#define PWR_CR5 0x40007080u
#define FLASH_ACR 0x40022000u

#define CORE_HZ 120000000u
#define RESET_HZ 4000000u
#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)
#define PLL_FROM_MSI 1u
#define PLL_OUTPUT (1u << 24)
#define VOLTAGE_SETTLING (1u << 10)
#define BOOST_OFF (1u << 8)
#define AHB_DIV2 (8u << 4)
#define FROM_PLL 3u
#define ACR_CACHES ((1u << 8) | (1u << 9) | (1u << 10)) /* prefetch, instruction and data cache */
#define ACR_DATA_CACHE (1u << 10)
#define ACR_DATA_RESET (1u << 12)
#define WAIT_STATES 5u

clocks_t clock_init(uint32_t crystal_hz)
{
    (void)crystal_hz;
    clock_enable(RCC_APB1ENR1, 1u << 28); /* power controller */
    REG32(PWR_CR1) = (REG32(PWR_CR1) & ~(3u << 9)) | (1u << 9); /* range 1 */
    bool ready = cpu_wait(PWR_SR2, VOLTAGE_SETTLING, 0, CLOCK_READS);
    REG32(PWR_CR5) &= ~BOOST_OFF;
    REG32(RCC_PLLCFGR) = PLL_FROM_MSI | (60u << 8) | PLL_OUTPUT; /* 4 MHz * 60 / 2 */
    REG32(RCC_CR) |= PLL_ON;
    ready = cpu_wait(RCC_CR, PLL_READY, PLL_READY, CLOCK_READS) && ready;
    REG32(FLASH_ACR) = ACR_CACHES | WAIT_STATES;
    if (!ready || !cpu_wait(FLASH_ACR, 0xFu, WAIT_STATES, CLOCK_READS)) {
        return (clocks_t){RESET_HZ, RESET_HZ};
    }
    /* Above 80 MHz the core has to pass through half the speed for a microsecond. */
    REG32(RCC_CFGR) = AHB_DIV2 | FROM_PLL;
    if (!cpu_wait(RCC_CFGR, 3u << 2, FROM_PLL << 2, CLOCK_READS)) {
        return (clocks_t){RESET_HZ / 2, RESET_HZ / 2};
    }
    (void)cpu_wait(RCC_CFGR, 0, 1, 60); /* never true: 60 reads take longer than 1 us */
    REG32(RCC_CFGR) = FROM_PLL;
    return (clocks_t){CORE_HZ, CORE_HZ};
}

void flash_data_cache_drop(void)
{
    REG32(FLASH_ACR) &= ~ACR_DATA_CACHE; /* it can only be reset while off */
    REG32(FLASH_ACR) |= ACR_DATA_RESET;
    REG32(FLASH_ACR) &= ~ACR_DATA_RESET;
    REG32(FLASH_ACR) |= ACR_DATA_CACHE;
}
