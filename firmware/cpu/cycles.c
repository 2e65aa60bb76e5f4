#include "cpu.h"

#define DEMCR 0xE000EDFCu
#define DEMCR_TRCENA (1u << 24)
#define DWT_CTRL 0xE0001000u
#define DWT_CYCCNT 0xE0001004u
#define DWT_LAR 0xE0001FB0u
#define DWT_UNLOCK 0xC5ACCE55u
#define CYCCNT_ENABLE 1u
#define PROBE_READS 64u

bool cpu_wait(uintptr_t address, uint32_t mask, uint32_t value, uint32_t limit)
{
    for (uint32_t i = 0; i < limit; i++) {
        if ((REG32(address) & mask) == value) {
            return true;
        }
    }
    return false;
}

uint32_t cpu_cycles(void)
{
    return REG32(DWT_CYCCNT);
}

ev_time_source_t cpu_cycles_init(void)
{
    REG32(DEMCR) |= DEMCR_TRCENA;
    REG32(DWT_LAR) = DWT_UNLOCK; /* the Cortex-M7's is locked after power-up */
    REG32(DWT_CYCCNT) = 0;
    REG32(DWT_CTRL) |= CYCCNT_ENABLE;
    /* Work of a known size between two reads: a register read that never matches takes more than one cycle. */
    const uint32_t before = cpu_cycles();
    (void)cpu_wait(DWT_CTRL, 0, 1, PROBE_READS);
    return cpu_cycles() - before >= PROBE_READS ? EV_TIME_CYCLE_COUNTER : EV_TIME_NONE;
}
