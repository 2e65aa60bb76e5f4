/* Loads and stores that need no alignment. Flatbuffers are aligned, but a damaged file may not be. */
#ifndef NN_LOAD_H
#define NN_LOAD_H

#include <stdint.h>
#include <string.h>

static inline int32_t nn_load_i32(const void *address)
{
    int32_t value;
    memcpy(&value, address, sizeof value);
    return value;
}

static inline int32_t nn_load_i16(const void *address)
{
    int16_t value;
    memcpy(&value, address, sizeof value);
    return value;
}

static inline int64_t nn_load_i64(const void *address)
{
    int64_t value;
    memcpy(&value, address, sizeof value);
    return value;
}

static inline void nn_store_i16(void *address, int32_t value)
{
    const int16_t narrow = (int16_t)value;
    memcpy(address, &narrow, sizeof narrow);
}

static inline uint32_t nn_load_u32(const void *address)
{
    uint32_t value;
    memcpy(&value, address, sizeof value);
    return value;
}

static inline float nn_load_f32(const void *address)
{
    float value;
    memcpy(&value, address, sizeof value);
    return value;
}

#endif
