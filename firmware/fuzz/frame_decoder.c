/* libFuzzer target: any bytes as a stream for the frame decoder.
 *
 * The first two bytes are the sizes of the parts in which the rest arrives, once and a second time: the frames must
 * be the same. A frame of our version must encode to the bytes that it was read from, and the decoder may never be
 * full without a frame, because then it would wait forever. The mutator mends the checksums of every other input,
 * since no fuzzer guesses a CRC. All state is static: the address sanitizer watches its ends, and an execution
 * allocates nothing. */
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"

enum { FRAMES_MAX = 64, STEP_BYTES = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size); /* libFuzzer's own */

typedef struct {
    uint32_t count, rejected;
    uint32_t crc[FRAMES_MAX];
} seen_t;

static void check_encoding(const frame_t *frame)
{
    static uint8_t copy[FRAME_MAX];
    memcpy(copy + FRAME_HEADER_BYTES, frame->payload, frame->payload_bytes);
    const uint32_t bytes = frame_encode(copy, frame);
    const uint8_t *original = frame->payload - FRAME_HEADER_BYTES;
    const bool ours = frame->version == FRAME_PROTOCOL_VERSION && original[9] == 0;
    if (ours && memcmp(copy, original, bytes) != 0) {
        abort();
    }
}

static void decode(const uint8_t *data, size_t size, size_t step, seen_t *seen)
{
    static frame_decoder_t decoder;
    frame_decoder_init(&decoder);
    for (size_t at = 0; at < size;) {
        uint32_t space = 0;
        uint8_t *to = frame_decoder_space(&decoder, &space);
        if (space == 0) {
            abort();
        }
        size_t part = step < size - at ? step : size - at;
        part = part < space ? part : space;
        memcpy(to, data + at, part);
        frame_decoder_received(&decoder, (uint32_t)part);
        at += part;
        frame_t frame;
        while (frame_decoder_next(&decoder, &frame)) {
            check_encoding(&frame);
            seen->crc[seen->count++ % FRAMES_MAX] ^= frame.crc;
        }
    }
    seen->rejected = decoder.rejected;
}

/* 1 to 16 bytes one by one, then in steps of 8, up to more than a whole frame. */
static size_t part_bytes(uint8_t code)
{
    return code < 16 ? 1 + (size_t)code : 8 * (size_t)code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= STEP_BYTES) {
        return 0;
    }
    seen_t first = {0}, second = {0};
    decode(data + STEP_BYTES, size - STEP_BYTES, part_bytes(data[0]), &first);
    decode(data + STEP_BYTES, size - STEP_BYTES, part_bytes(data[1]), &second);
    if (memcmp(&first, &second, sizeof first) != 0) {
        abort();
    }
    return 0;
}

/* Makes a frame of what looks like one: its length where it fits, and both checksums. */
static size_t seal(uint8_t *at, size_t left)
{
    const size_t room = left - FRAME_HEADER_BYTES - FRAME_CRC_BYTES;
    const size_t payload = frame_get_u16(at + 10) <= room ? frame_get_u16(at + 10) : room;
    frame_put_u16(at + 10, (uint16_t)payload);
    const uint32_t header = frame_crc32(0, at, FRAME_HEADER_BYTES - FRAME_CRC_BYTES);
    frame_put_u32(at + FRAME_HEADER_BYTES - FRAME_CRC_BYTES, header);
    frame_put_u32(at + FRAME_HEADER_BYTES + payload, frame_crc32(header, at + FRAME_HEADER_BYTES, (uint32_t)payload));
    return FRAME_HEADER_BYTES + payload + FRAME_CRC_BYTES;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    for (size_t at = STEP_BYTES; (seed & 1u) != 0 && at + FRAME_HEADER_BYTES + FRAME_CRC_BYTES <= size;) {
        const int starts = data[at] == 'E' && data[at + 1] == 'V';
        at += starts ? seal(data + at, size - at) : 1;
    }
    return size;
}
