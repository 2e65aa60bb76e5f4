/* Run from the PLL at full speed. One file a family; every wait is bounded. */
#ifndef STM32_CLOCK_H
#define STM32_CLOCK_H

#include <stdint.h>

#define CLOCK_READS 100000u /* register reads for an oscillator, a PLL or a voltage to settle */

typedef struct {
    uint32_t core_hz;
    uint32_t uart_hz; /* kernel clock of the link's UART */
} clocks_t;

/* `crystal_hz` of the board; the internal oscillator stands in where it does not start.
 * Without a PLL (an emulator without clock registers) the core stays at the reset clock. */
clocks_t clock_init(uint32_t crystal_hz);

#endif
