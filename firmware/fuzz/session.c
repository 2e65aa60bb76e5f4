/* libFuzzer target: the whole session, from received bytes to replies, on a port made of memory.
 *
 * The input is a list of steps: a kind, two bytes of length, and that many bytes. Kinds 1 to 15 are opcodes whose
 * payload the bytes are, framed here because no fuzzer guesses a CRC; kind 0 loads the bytes as a model with right
 * sums; kind 16 sends them as they are; 17 repeats the last request, 18 raises a fault. Checked beside the
 * sanitizers: every reply is one whole frame that belongs to its request, and a repeated request gets the same
 * bytes. All state is static, and as small as the session allows: an execution allocates nothing and clears little.
 */
#include <stdlib.h>
#include <string.h>

#include "app/request.h"
#include "app/session.h"
#include "ev_engine.h"

enum { LOAD = 0, LAST_OPCODE = 15, RAW = 16, REPEAT = 17, FAULT = 18, KINDS = 19 };
enum { SLOT_BYTES = 1 << 13, ARENA_BYTES = 1 << 14, STEPS_MAX = 64, UNIT_BYTES = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    ev_port_t port;
    const uint8_t *arriving;
    uint32_t left;
    uint8_t request[FRAME_MAX], reply[FRAME_MAX];
    uint32_t request_bytes, reply_bytes, replies, sequence, cycles;
} world;

/* Each an object of its own: the address sanitizer watches their ends. */
static session_t session;
static _Alignas(EV_ARENA_ALIGN) uint8_t slot[SLOT_BYTES];
static _Alignas(EV_ARENA_ALIGN) uint8_t arena[ARENA_BYTES];

static uint32_t uart_read(uint8_t *data, uint32_t capacity)
{
    const uint32_t bytes = world.left < capacity ? world.left : capacity;
    if (bytes > 0) {
        memcpy(data, world.arriving, bytes);
    }
    world.arriving += bytes;
    world.left -= bytes;
    return bytes;
}

static ev_status_t uart_write(const uint8_t *data, uint32_t bytes)
{
    frame_decoder_t decoder;
    frame_t frame;
    uint32_t space = 0;
    frame_decoder_init(&decoder);
    uint8_t *to = frame_decoder_space(&decoder, &space);
    if (bytes > space) {
        abort();
    }
    memcpy(to, data, bytes);
    frame_decoder_received(&decoder, bytes);
    if (!frame_decoder_next(&decoder, &frame) || decoder.taken != bytes || (frame.opcode & FRAME_REPLY_BIT) == 0 ||
        frame.status > 0) {
        abort();
    }
    memcpy(world.reply, data, bytes);
    world.reply_bytes = bytes;
    world.replies++;
    return EV_OK;
}

static uint32_t no_errors(void)
{
    return 0;
}

static uint32_t count_cycles(void)
{
    return world.cycles += 0x10000000u; /* wraps soon, as the counter does */
}

static ev_status_t slot_erase(uint32_t bytes)
{
    memset(slot, 0xff, (bytes + UNIT_BYTES - 1) / UNIT_BYTES * UNIT_BYTES);
    return EV_OK;
}

/* Flash can clear bits only, so a write over a write gives other bytes than were sent. */
static ev_status_t slot_write(uint32_t offset, const uint8_t *data, uint32_t bytes)
{
    if (offset % SLOT_WRITE_ALIGN != 0) {
        abort();
    }
    for (uint32_t i = 0; i < bytes; i++) {
        slot[offset + i] &= data[i];
    }
    return EV_OK;
}

static void reset(void)
{
    session_init(&session, &world.port, &ev_engine_builtin);
}

static void receive(const uint8_t *data, uint32_t bytes)
{
    world.arriving = data;
    world.left = bytes;
    while (world.left > 0) {
        session_poll(&session);
    }
}

static void ask(uint8_t opcode, const uint8_t *payload, uint32_t bytes)
{
    frame_t frame = {.opcode = opcode, .payload_bytes = (uint16_t)bytes, .sequence = ++world.sequence};
    if (bytes > 0) {
        memcpy(world.request + FRAME_HEADER_BYTES, payload, bytes);
    }
    world.request_bytes = frame_encode(world.request, &frame);
    receive(world.request, world.request_bytes);
}

/* Behind garbage a request may be swallowed; a host would send it again, and then it must be answered. */
static void ask_until_answered(uint8_t opcode, const uint8_t *payload, uint32_t bytes)
{
    const uint32_t before = world.replies;
    ask(opcode, payload, bytes);
    for (uint32_t i = 0; world.replies == before && i < FRAME_MAX / FRAME_HEADER_BYTES; i++) {
        receive(world.request, world.request_bytes);
    }
    if (world.replies == before || world.reply[3] != (opcode | FRAME_REPLY_BIT) ||
        frame_get_u32(world.reply + 4) != world.sequence) {
        abort();
    }
}

static void load(const uint8_t *model, uint32_t bytes)
{
    uint8_t payload[4 + FRAME_CHUNK_MAX];
    frame_put_u32(payload, bytes);
    frame_put_u32(payload + 4, frame_crc32(0, model, bytes));
    ask_until_answered(REQUEST_LOAD_BEGIN, payload, 8);
    for (uint32_t at = 0; at < bytes; at += FRAME_CHUNK_MAX) {
        const uint32_t part = bytes - at < FRAME_CHUNK_MAX ? bytes - at : FRAME_CHUNK_MAX;
        frame_put_u32(payload, at);
        memcpy(payload + 4, model + at, part);
        ask_until_answered(REQUEST_LOAD_CHUNK, payload, 4 + part);
    }
    ask_until_answered(REQUEST_LOAD_COMMIT, NULL, 0);
}

static void repeat(void)
{
    uint8_t before[FRAME_MAX];
    const uint32_t bytes = world.reply_bytes, replies = world.replies;
    memcpy(before, world.reply, bytes);
    const bool kept = session.has_reply && session.last_sequence == world.sequence &&
                      session.decoder.count == session.decoder.taken;
    receive(world.request, world.request_bytes);
    if (kept && world.request_bytes > 0 &&
        (world.replies != replies + 1 || world.reply_bytes != bytes || memcmp(before, world.reply, bytes) != 0)) {
        abort();
    }
}

static void step(uint8_t kind, const uint8_t *data, uint32_t bytes)
{
    static const ev_fault_t fault = {.pc = 0x08001234};
    if (kind == LOAD) {
        load(data, bytes);
    } else if (kind <= LAST_OPCODE) {
        ask_until_answered(kind, data, bytes < FRAME_PAYLOAD_MAX ? bytes : FRAME_PAYLOAD_MAX);
    } else if (kind == RAW) {
        receive(data, bytes);
    } else if (kind == REPEAT) {
        repeat();
    } else {
        session_fault(&session, &fault);
    }
}

static void set_up(void)
{
    static const uint8_t build_id[20];
    memset(&world, 0, sizeof world);
    world.port = (ev_port_t){
        .target = "fuzz",
        .build_id = build_id,
        .core_hz = 1000000,
        .time_source = EV_TIME_CYCLE_COUNTER,
        .slot = slot,
        .slot_bytes = SLOT_BYTES,
        .arena = arena,
        .arena_bytes = ARENA_BYTES,
        .uart_read = uart_read,
        .uart_write = uart_write,
        .uart_errors = no_errors,
        .slot_erase = slot_erase,
        .slot_write = slot_write,
        .cycles = count_cycles,
        .stack_used = no_errors,
        .reset = reset,
    };
    memset(slot, 0xff, SLOT_BYTES);
    memset(arena, 0xa5, ARENA_BYTES);
    reset();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    for (uint32_t steps = 0; size >= 3 && steps < STEPS_MAX; steps++) {
        const uint32_t wanted = frame_get_u16(data + 1), rest = (uint32_t)size - 3;
        const uint32_t bytes = wanted < rest ? wanted : rest;
        step(data[0] % KINDS, data + 3, bytes);
        data += 3 + bytes;
        size -= 3 + bytes;
    }
    return 0;
}
