#ifndef BOARD_PORT_H
#define BOARD_PORT_H

#include "clock.h"
#include "cpu.h"
#include "ev_port.h"

const ev_port_t *port_init(const char *target, clocks_t clocks);

#endif
