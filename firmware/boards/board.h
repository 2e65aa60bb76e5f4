#ifndef BOARD_H
#define BOARD_H

#include "ev_port.h"

/* Clocks, caches, pins, UART and flash; returns the port of this board. */
const ev_port_t *board_init(void);

#endif
