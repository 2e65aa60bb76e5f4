/* What a board provides to the application: one struct of sizes and functions.
 *
 * The application, the protocol and the engines see nothing else of the
 * hardware, so the same sources run on a PC for tests and fuzzing.
 */
#ifndef EV_PORT_H
#define EV_PORT_H

#include <stdint.h>

#include "ev_status.h"

typedef enum { EV_TIME_NONE = 0, EV_TIME_CYCLE_COUNTER = 1 } ev_time_source_t;

/* Registers of a fault as they go over the wire, in this order. */
typedef struct {
    uint32_t r[4];
    uint32_t r12, lr, pc, xpsr;
    uint32_t sp; /* before the exception */
    uint32_t cfsr, hfsr, mmfar, bfar;
} ev_fault_t;

typedef struct {
    const char *target;       /* name of the target, at most 15 characters */
    const uint8_t *build_id;  /* 20 bytes, SHA-1 of the linked program */
    uint32_t core_hz;         /* as the clock set-up left it */
    ev_time_source_t time_source;

    const uint8_t *slot;      /* the model slot, memory mapped for reading */
    uint32_t slot_bytes;
    uint8_t *arena;           /* EV_ARENA_ALIGN aligned */
    uint32_t arena_bytes;
    uint32_t static_bytes;    /* .data, .bss and the exception stack */
    uint32_t stack_bytes;

    /* Never waits: returns the bytes that have arrived, at most `capacity`. */
    uint32_t (*uart_read)(uint8_t *data, uint32_t capacity);
    /* Returns when the last byte is out, EV_ERR_TIMEOUT when it cannot. */
    ev_status_t (*uart_write)(const uint8_t *data, uint32_t bytes);
    uint32_t (*uart_errors)(void); /* overruns, framing and noise errors since start */

    /* Erase whole units so that the first `bytes` of the slot can be written. */
    ev_status_t (*slot_erase)(uint32_t bytes);
    /* `offset` is a multiple of 8. A last part shorter than 8 bytes is padded with 0xFF. */
    ev_status_t (*slot_write)(uint32_t offset, const uint8_t *data, uint32_t bytes);

    uint32_t (*cycles)(void);     /* free running, wraps at 2^32 */
    uint32_t (*stack_used)(void); /* painted high-water mark in bytes */
    void (*reset)(void);          /* on a board it does not return */
} ev_port_t;

/* The application's, called by the core's fault handler; does not return. */
void ev_on_fault(const ev_fault_t *fault);

#endif
