/* An opened model: where its tables are in the file and where its tensors are in the arena. */
#ifndef NN_MODEL_H
#define NN_MODEL_H

#include "ev_engine.h"
#include "view.h"

/* A model beyond these is refused: no microcontroller runs it, and they bound the work of `open`. */
enum { NN_MAX_OPERATORS = 2048, NN_MAX_TENSORS = 8192, NN_MAX_TENSOR_BYTES = 1 << 28 };

/* Where a tensor lives. `first` > `last`: nowhere in the arena, because it is a constant or unused. */
typedef struct {
    uint32_t offset; /* bytes from the start of the arena */
    uint16_t first;  /* operators between which the tensor is needed */
    uint16_t last;
} nn_place_t;

/* At the start of the arena. */
struct ev_model {
    union {
        const uint8_t *file;
        uint64_t room; /* the same size on every machine, so that a PC reports the device's arena */
    };
    uint32_t file_bytes;
    uint32_t used_bytes;
    uint32_t state_bytes;
    nn_vector_t tensors, buffers, operators, codes, inputs, outputs;
    /* Followed by nn_place_t[tensors.count], then uint32_t[operators.count]: offsets of scratch buffers; then by the
     * operators' steps (plan/steps.h). */
};

/* A tensor as read from the file. */
typedef struct {
    uint8_t *data; /* in the file for a constant, which is never written; NULL before the arena is planned */
    uint32_t elements;
    uint32_t bytes;
    int32_t type; /* ev_type_t */
    int32_t rank;
    int32_t dims[EV_MAX_RANK];
    float scale;
    int32_t zero_point;
    nn_vector_t scales; /* more than one where the quantization is per channel */
    int32_t quantized_dimension;
    bool constant;
    bool variable; /* keeps its content from one inference to the next */
} nn_operand_t;

static inline nn_place_t *nn_model_places(const ev_model_t *model)
{
    return (nn_place_t *)(uintptr_t)(model + 1);
}

static inline uint32_t *nn_model_scratch(const ev_model_t *model)
{
    return (uint32_t *)(nn_model_places(model) + model->tensors.count);
}

static inline uint32_t *nn_model_steps(const ev_model_t *model)
{
    return nn_model_scratch(model) + model->operators.count;
}

static inline nn_view_t nn_model_view(const ev_model_t *model)
{
    nn_view_t view = {model->file, model->file_bytes, EV_OK};
    return view;
}

/* Finds the tables of the model's first subgraph. */
ev_status_t nn_model_locate(ev_model_t *model, const uint8_t *file, uint32_t file_bytes);

/* Reads tensor `index`. */
ev_status_t nn_model_operand(const ev_model_t *model, int32_t index, nn_operand_t *operand);

#endif
