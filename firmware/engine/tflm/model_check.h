/* What TFLM relies on in a model file and does not check. */
#ifndef TFLM_MODEL_CHECK_H
#define TFLM_MODEL_CHECK_H

#include <tensorflow/lite/schema/schema_generated.h>

namespace {

bool all_below(const flatbuffers::Vector<int32_t> *indices, int32_t lowest, uint32_t count)
{
    if (indices == nullptr) {
        return false;
    }
    for (int32_t index : *indices) {
        if (index < lowest || index >= static_cast<int32_t>(count)) {
            return false;
        }
    }
    return true;
}

bool tensors_are_sound(const tflite::Model &file, const tflite::SubGraph &graph)
{
    for (const tflite::Tensor *tensor : *graph.tensors()) {
        if (tensor->buffer() >= file.buffers()->size()) {
            return false;
        }
    }
    return all_below(graph.inputs(), 0, graph.tensors()->size()) &&
           all_below(graph.outputs(), 0, graph.tensors()->size());
}

/* The verifier checks offsets only, and TFLM does not check indices. */
bool is_sound(const tflite::Model &file)
{
    if (file.version() != TFLITE_SCHEMA_VERSION || !file.subgraphs() || file.subgraphs()->size() == 0 ||
        !file.operator_codes() || !file.buffers()) {
        return false;
    }
    const tflite::SubGraph &graph = *file.subgraphs()->Get(0);
    if (!graph.operators() || !graph.tensors() || !tensors_are_sound(file, graph)) {
        return false;
    }
    for (const tflite::Operator *op : *graph.operators()) {
        if (op->opcode_index() >= file.operator_codes()->size() ||
            !all_below(op->inputs(), -1, graph.tensors()->size()) ||
            !all_below(op->outputs(), 0, graph.tensors()->size())) {
            return false;
        }
    }
    return true;
}

} // namespace

#endif
