/* Frames of the link protocol, version 1; docs/PROTOCOL.md has every byte.
 *
 * A frame is a 16-byte header, a payload of at most FRAME_PAYLOAD_MAX bytes and
 * a CRC32. The header has its own CRC32, so a damaged length is noticed before
 * the receiver waits for bytes that will never come.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_PROTOCOL_VERSION 1u
#define FRAME_CHUNK_MAX 1024u /* bytes of model or tensor data in one frame */
#define FRAME_PAYLOAD_MAX (FRAME_CHUNK_MAX + 8u)
#define FRAME_HEADER_BYTES 16u
#define FRAME_CRC_BYTES 4u
#define FRAME_MAX (FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAX + FRAME_CRC_BYTES)
#define FRAME_REPLY_BIT 0x80u

typedef struct {
    uint8_t version;
    uint8_t opcode; /* of a reply: the request's, with FRAME_REPLY_BIT */
    int8_t status;  /* ev_status_t; 0 in a request */
    uint16_t payload_bytes;
    uint32_t sequence;
    uint32_t crc;
    const uint8_t *payload; /* points into the decoder; valid until the next call */
} frame_t;

typedef struct {
    uint8_t bytes[FRAME_MAX];
    uint32_t count;
    uint32_t taken;    /* bytes of the frame returned last, dropped by the next call */
    uint32_t rejected; /* candidate frames with a wrong CRC or an impossible length */
} frame_decoder_t;

/* CRC-32/ISO-HDLC, the one of zlib: crc = frame_crc32(crc, ...) continues, 0 starts. */
uint32_t frame_crc32(uint32_t crc, const uint8_t *data, uint32_t bytes);

void frame_decoder_init(frame_decoder_t *decoder);
/* Where the next received bytes go, and how many fit. */
uint8_t *frame_decoder_space(frame_decoder_t *decoder, uint32_t *bytes);
void frame_decoder_received(frame_decoder_t *decoder, uint32_t bytes);
/* True with the next whole, undamaged frame; false when more bytes are needed. */
bool frame_decoder_next(frame_decoder_t *decoder, frame_t *frame);

/* Complete a frame whose payload already lies at buffer + FRAME_HEADER_BYTES.
 * Returns the frame's size in bytes. */
uint32_t frame_encode(uint8_t *buffer, const frame_t *frame);

/* Little-endian words, one after the other; returns the end. */
uint8_t *frame_put_words(uint8_t *at, const uint32_t *words, uint32_t count);

static inline void frame_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline void frame_put_u32(uint8_t *at, uint32_t value)
{
    frame_put_u16(at, (uint16_t)value);
    frame_put_u16(at + 2, (uint16_t)(value >> 16));
}

static inline uint16_t frame_get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (at[1] << 8));
}

static inline uint32_t frame_get_u32(const uint8_t *at)
{
    return frame_get_u16(at) | ((uint32_t)frame_get_u16(at + 2) << 16);
}

#endif
