/* The Cortex-M core: start-up, faults, caches, cycle counter, stack. */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "ev_port.h"

#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* Wait until (register & mask) == value; false after `limit` reads. No wait in
 * this firmware is without a limit: an emulator may not model the register. */
bool cpu_wait(uintptr_t address, uint32_t mask, uint32_t value, uint32_t limit);

/* Enable the cycle counter; EV_TIME_NONE when it does not advance. */
ev_time_source_t cpu_cycles_init(void);
uint32_t cpu_cycles(void);

void cpu_stack_paint(void);
uint32_t cpu_stack_used(void);

/* Level 1 caches of the Cortex-M7. These do nothing on a core without caches. */
void cpu_caches_enable(void);
void cpu_data_cache_flush(void); /* clean and invalidate everything */

void cpu_reset(void) __attribute__((noreturn));

/* Sizes and addresses that the linker script defines. */
typedef struct {
    const uint8_t *slot;
    uint32_t slot_bytes;
    uint8_t *arena;
    uint32_t arena_bytes;
    uint32_t static_bytes;
    uint32_t stack_bytes;
    const uint8_t *build_id;
} cpu_layout_t;

cpu_layout_t cpu_layout(void);

#endif
