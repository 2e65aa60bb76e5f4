/* Operators that copy elements and do not look at them. */
#ifndef NN_MOVES_H
#define NN_MOVES_H

#include <stdint.h>

/* Loops over the output, the innermost first: elements of the input at distances that may be negative. */
typedef struct {
    const uint8_t *input;
    uint8_t *output;
    int32_t start; /* bytes from the beginning of the input */
    int32_t count[6];
    int32_t stride[6]; /* bytes */
    int32_t element_bytes;
} nn_copy_args_t;

typedef struct {
    const uint8_t *input;
    uint8_t *output;
    int32_t batches;
    int32_t in_h, in_w;
    int32_t out_h, out_w;
    int32_t pixel_bytes;
    float scale_h, scale_w; /* input pixels for each output pixel */
    float offset;           /* of a pixel's centre */
    int32_t align_corners;  /* rounds to nearest instead of down */
} nn_resize_nearest_args_t;

typedef struct {
    const uint8_t *input;
    const uint8_t *indices; /* int32, each below `axis`; not aligned */
    uint8_t *output;
    int32_t batches, outer, axis, count; /* indices: [batches, count] */
    int32_t inner_bytes;
} nn_gather_args_t;

/* Where the output lies over the input, it must start at or before each element's source: overwrite_gap 0. */
void nn_copy_strided(const nn_copy_args_t *args);
void nn_resize_nearest(const nn_resize_nearest_args_t *args);
void nn_gather(const nn_gather_args_t *args);

#endif
