/* What all boards have in common in their port. */
#include "port.h"

#include "drivers/stm32/flash.h"
#include "drivers/stm32/uart.h"

const ev_port_t *port_init(clocks_t clocks)
{
    static ev_port_t port;
    const cpu_layout_t layout = cpu_layout();
    port = (ev_port_t){
        .target = EV_TARGET,
        .build_id = layout.build_id,
        .core_hz = clocks.core_hz,
        .time_source = cpu_cycles_init(),
        .slot = layout.slot,
        .slot_bytes = layout.slot_bytes,
        .arena = layout.arena,
        .arena_bytes = layout.arena_bytes,
        .static_bytes = layout.static_bytes,
        .stack_bytes = layout.stack_bytes,
        .uart_read = uart_read,
        .uart_write = uart_write,
        .uart_errors = uart_errors,
        .slot_erase = flash_slot_erase,
        .slot_write = flash_slot_write,
        .cycles = cpu_cycles,
        .stack_used = cpu_stack_used,
        .reset = cpu_reset,
    };
    return &port;
}
