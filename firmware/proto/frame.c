#include "frame.h"

#include <string.h>

#define MAGIC_0 0x45u /* 'E' */
#define MAGIC_1 0x56u /* 'V' */
#define HEADER_CRC_AT 12u

void frame_decoder_init(frame_decoder_t *decoder)
{
    decoder->count = 0;
    decoder->taken = 0;
    decoder->rejected = 0;
}

static void drop(frame_decoder_t *decoder, uint32_t bytes)
{
    decoder->count -= bytes;
    memmove(decoder->bytes, decoder->bytes + bytes, decoder->count);
}

/* Drop what cannot be the start of a frame. */
static void seek_magic(frame_decoder_t *decoder)
{
    uint32_t at = 0;
    while (at < decoder->count) {
        const bool last = at + 1 == decoder->count;
        if (decoder->bytes[at] == MAGIC_0 && (last || decoder->bytes[at + 1] == MAGIC_1)) {
            break;
        }
        at++;
    }
    if (at > 0) {
        drop(decoder, at);
    }
}

uint8_t *frame_decoder_space(frame_decoder_t *decoder, uint32_t *bytes)
{
    if (decoder->taken > 0) {
        drop(decoder, decoder->taken);
        decoder->taken = 0;
    }
    *bytes = FRAME_MAX - decoder->count;
    return decoder->bytes + decoder->count;
}

void frame_decoder_received(frame_decoder_t *decoder, uint32_t bytes)
{
    decoder->count += bytes;
}

static bool header_is_sound(const uint8_t *header)
{
    return frame_get_u16(header + 10) <= FRAME_PAYLOAD_MAX &&
           frame_crc32(0, header, HEADER_CRC_AT) == frame_get_u32(header + HEADER_CRC_AT);
}

/* Over header and payload, without the header's CRC between them: behind its own CRC every
 * header would leave the same remainder. */
static uint32_t frame_crc(const uint8_t *bytes, uint32_t payload_bytes)
{
    return frame_crc32(frame_get_u32(bytes + HEADER_CRC_AT), bytes + FRAME_HEADER_BYTES, payload_bytes);
}

static void reject(frame_decoder_t *decoder)
{
    decoder->rejected++;
    drop(decoder, 1);
}

static void read_header(const uint8_t *bytes, frame_t *frame)
{
    frame->version = bytes[2];
    frame->opcode = bytes[3];
    frame->sequence = frame_get_u32(bytes + 4);
    frame->status = (int8_t)bytes[8];
    frame->payload_bytes = frame_get_u16(bytes + 10);
    frame->payload = bytes + FRAME_HEADER_BYTES;
}

bool frame_decoder_next(frame_decoder_t *decoder, frame_t *frame)
{
    if (decoder->taken > 0) {
        drop(decoder, decoder->taken);
        decoder->taken = 0;
    }
    /* Every pass drops at least one byte or returns. */
    for (;;) {
        seek_magic(decoder);
        if (decoder->count < FRAME_HEADER_BYTES) {
            return false;
        }
        if (!header_is_sound(decoder->bytes)) {
            reject(decoder);
            continue;
        }
        read_header(decoder->bytes, frame);
        const uint32_t body = FRAME_HEADER_BYTES + frame->payload_bytes;
        if (decoder->count < body + FRAME_CRC_BYTES) {
            return false;
        }
        frame->crc = frame_get_u32(decoder->bytes + body);
        if (frame_crc(decoder->bytes, frame->payload_bytes) == frame->crc) {
            decoder->taken = body + FRAME_CRC_BYTES;
            return true;
        }
        reject(decoder);
    }
}

uint32_t frame_encode(uint8_t *buffer, const frame_t *frame)
{
    buffer[0] = MAGIC_0;
    buffer[1] = MAGIC_1;
    buffer[2] = (uint8_t)FRAME_PROTOCOL_VERSION;
    buffer[3] = frame->opcode;
    frame_put_u32(buffer + 4, frame->sequence);
    buffer[8] = (uint8_t)frame->status;
    buffer[9] = 0;
    frame_put_u16(buffer + 10, frame->payload_bytes);
    frame_put_u32(buffer + HEADER_CRC_AT, frame_crc32(0, buffer, HEADER_CRC_AT));
    const uint32_t body = FRAME_HEADER_BYTES + frame->payload_bytes;
    frame_put_u32(buffer + body, frame_crc(buffer, frame->payload_bytes));
    return body + FRAME_CRC_BYTES;
}

uint8_t *frame_put_words(uint8_t *at, const uint32_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        frame_put_u32(at + 4 * i, words[i]);
    }
    return at + 4 * count;
}
