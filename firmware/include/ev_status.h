/* Status codes of the engine, the model slot and the protocol.
 *
 * The numbers are part of the wire format (docs/PROTOCOL.md): append, never
 * renumber. Zero is success; every error is negative.
 */
#ifndef EV_STATUS_H
#define EV_STATUS_H

#include <stdint.h>

typedef enum {
    EV_OK = 0,
    EV_ERR_ARGUMENT = -1,       /* a caller's mistake: null pointer, index out of range */
    EV_ERR_MODEL_TRUNCATED = -2, /* an offset or a size points outside the model file */
    EV_ERR_MODEL_FORMAT = -3,   /* not a TFLite file, or a field has an impossible value */
    EV_ERR_OPERATOR = -4,       /* an operator that the engine does not implement */
    EV_ERR_OPTION = -5,         /* a known operator with a type, shape or option it does not support */
    EV_ERR_ARENA = -6,          /* the arena is too small; ev_error.detail has the bytes needed, 0: unknown */
    EV_ERR_SLOT = -7,           /* the model does not fit the slot; detail has the slot's bytes */
    EV_ERR_FLASH = -8,          /* erase or write failed, or the read-back differs */
    EV_ERR_HASH = -9,           /* the CRC32 of the loaded model is not the announced one */
    EV_ERR_STATE = -10,         /* a request out of order, for example infer before load */
    EV_ERR_REQUEST = -11,       /* an unknown request, or a payload of the wrong length */
    EV_ERR_FAULT = -12,         /* the core took a fault; the payload has the registers */
    EV_ERR_TIMEOUT = -13        /* a peripheral did not answer in its bounded wait */
} ev_status_t;

/* What went wrong and where, for a one-line message on the host. */
typedef struct {
    ev_status_t status;
    int32_t op_index;     /* position in the subgraph's operator list, -1 = not in an operator */
    int32_t op_code;      /* BuiltinOperator number of the TFLite schema, -1 = none */
    int32_t detail;       /* meaning depends on status: bytes, a tensor index, or a source line */
} ev_error_t;

#endif
