/* Level 1 caches of the Cortex-M7, by set and way (Armv7-M ARM, B2.2). */
#include "cpu.h"

#define SCB_CCR 0xE000ED14u
#define SCB_CCSIDR 0xE000ED80u
#define SCB_CSSELR 0xE000ED84u
#define SCB_ICIALLU 0xE000EF50u
#define SCB_DCISW 0xE000EF60u
#define SCB_DCCISW 0xE000EF74u
#define CCR_DC (1u << 16)
#define CCR_IC (1u << 17)
#define LINE_SHIFT 5u /* 32-byte lines */
#define WAY_SHIFT 30u /* 4 ways */

static void barrier(void)
{
    __asm volatile("dsb\nisb" ::: "memory");
}

static void for_every_line(uintptr_t operation)
{
    REG32(SCB_CSSELR) = 0;
    barrier();
    const uint32_t size = REG32(SCB_CCSIDR);
    const uint32_t sets = (size >> 13) & 0x7FFFu;
    const uint32_t ways = (size >> 3) & 0x3u;
    for (uint32_t set = 0; set <= sets; set++) {
        for (uint32_t way = 0; way <= ways; way++) {
            REG32(operation) = (set << LINE_SHIFT) | (way << WAY_SHIFT);
        }
    }
    barrier();
}

void cpu_caches_enable(void)
{
    barrier();
    REG32(SCB_ICIALLU) = 0;
    for_every_line(SCB_DCISW);
    REG32(SCB_CCR) |= CCR_IC | CCR_DC;
    barrier();
}

void cpu_data_cache_flush(void)
{
    barrier();
    for_every_line(SCB_DCCISW);
}
