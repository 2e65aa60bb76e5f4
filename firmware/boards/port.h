#ifndef BOARD_PORT_H
#define BOARD_PORT_H

#include "cpu/cpu.h"
#include "drivers/stm32/clock.h"
#include "ev_port.h"

/* A port with the target's name from the build (EV_TARGET), the linker script's layout and these clocks. */
const ev_port_t *port_init(clocks_t clocks);

#endif
