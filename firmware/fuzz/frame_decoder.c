/* libFuzzer target: any bytes as a stream for the frame decoder.
 *
 * The first byte is the size of the parts in which they arrive; the same stream byte by byte must give the same
 * frames. A frame of our version must encode to the bytes that it was read from, and the decoder may never be full
 * without a frame, because then it would wait forever. */
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"

enum { FRAMES_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    uint32_t count, rejected;
    uint32_t crc[FRAMES_MAX];
} seen_t;

static void check_encoding(const frame_t *frame)
{
    uint8_t *copy = malloc(FRAME_HEADER_BYTES + frame->payload_bytes + FRAME_CRC_BYTES);
    memcpy(copy + FRAME_HEADER_BYTES, frame->payload, frame->payload_bytes);
    const uint32_t bytes = frame_encode(copy, frame);
    const uint8_t *original = frame->payload - FRAME_HEADER_BYTES;
    const bool ours = frame->version == FRAME_PROTOCOL_VERSION && original[9] == 0;
    if (ours && memcmp(copy, original, bytes) != 0) {
        abort();
    }
    free(copy);
}

static void decode(const uint8_t *data, size_t size, size_t step, seen_t *seen)
{
    frame_decoder_t *decoder = malloc(sizeof *decoder); /* the sanitizer checks the bounds of a heap block */
    frame_decoder_init(decoder);
    for (size_t at = 0; at < size;) {
        uint32_t space = 0;
        uint8_t *to = frame_decoder_space(decoder, &space);
        if (space == 0) {
            abort();
        }
        size_t part = step < size - at ? step : size - at;
        part = part < space ? part : space;
        memcpy(to, data + at, part);
        frame_decoder_received(decoder, (uint32_t)part);
        at += part;
        frame_t frame;
        while (frame_decoder_next(decoder, &frame)) {
            check_encoding(&frame);
            seen->crc[seen->count++ % FRAMES_MAX] ^= frame.crc;
        }
    }
    seen->rejected = decoder->rejected;
    free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    seen_t parts = {0}, bytes = {0};
    decode(data + 1, size - 1, 1 + 8 * (size_t)data[0], &parts);
    decode(data + 1, size - 1, 1, &bytes);
    if (memcmp(&parts, &bytes, sizeof parts) != 0) {
        abort();
    }
    return 0;
}
