/* Run from the PLL at full speed. One file per chip family; every wait is bounded. */
#ifndef STM32_CLOCK_H
#define STM32_CLOCK_H

#include <stdint.h>

#include "cpu/cpu.h"

#define CLOCK_READS 100000u /* register reads for an oscillator, a PLL or a voltage to settle */

typedef struct {
    uint32_t core_hz;
    uint32_t uart_hz; /* kernel clock of the link's UART */
} clocks_t;

/* `crystal_hz` is the board's; if the crystal does not start, the internal oscillator is used.
 * Without a PLL (an emulator without clock registers) the core stays at the reset clock. */
clocks_t clock_init(uint32_t crystal_hz);

/* Clock peripherals. Without the barrier the first write to one may be lost (ES0182, "Delay after an RCC peripheral
 * clock enabling"; reading the register back is not enough). */
static inline void clock_enable(uintptr_t enable_register, uint32_t bits)
{
    REG32(enable_register) |= bits;
    __asm volatile("dsb" ::: "memory");
}

#endif
