#ifndef STM32_GPIO_H
#define STM32_GPIO_H

#include <stdint.h>

#include "cpu/cpu.h"

/* Connect a pin to a peripheral; the pull-up keeps an open receive line idle. */
static inline void gpio_alternate(uintptr_t port, uint32_t pin, uint32_t function)
{
    const uint32_t two = 2 * pin, four = 4 * (pin % 8);
    const uintptr_t alternate = port + (pin < 8 ? 0x20u : 0x24u);
    REG32(alternate) = (REG32(alternate) & ~(0xFu << four)) | (function << four);
    REG32(port + 0x08u) |= 3u << two;                                    /* highest speed */
    REG32(port + 0x0Cu) = (REG32(port + 0x0Cu) & ~(3u << two)) | (1u << two); /* pull-up */
    REG32(port) = (REG32(port) & ~(3u << two)) | (2u << two);
}

#endif
