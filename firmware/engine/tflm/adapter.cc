/* TensorFlow Lite Micro behind the engine interface.
 *
 * The recording interpreter and the resolver lie in static storage, as in TFLM's own examples, so one model is
 * open at a time and `arena_used_bytes` is TFLM's own figure. Nothing is ever freed: opening a model builds both
 * anew.
 */
extern "C" {
#include "ev_engine.h"
extern const ev_engine_t ev_engine_tflm;
}

#include <cstdarg>
#include <cstring>
#include <new>

#include "tensorflow/lite/micro/memory_helpers.h"
#include "tensorflow/lite/micro/micro_interpreter_context.h"
#include "tensorflow/lite/micro/recording_micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tensorflow/lite/schema/schema_utils.h"

#include "model_check.h"
#include "operators.h"

namespace {

/* TFLM's event around each operator, passed on to the caller's observer. */
class Profiler : public tflite::MicroProfilerInterface {
public:
    void start(ev_observer_fn observer, void *context)
    {
        observer_ = observer;
        context_ = context;
        next_ = 0;
    }
    uint32_t BeginEvent(const char *) override
    {
        observer_(context_, next_, 0);
        return next_++;
    }
    void EndEvent(uint32_t index) override { observer_(context_, index, 1); }

private:
    ev_observer_fn observer_ = nullptr;
    void *context_ = nullptr;
    uint32_t next_ = 0;

    TF_LITE_REMOVE_VIRTUAL_DELETE
};

/* TFLM's kernels and parsers do not check whether they got memory. Its allocator writes a line to the
 * log before it refuses, so opening is left from there. A library without log strings (BUILD_TYPE=release) takes
 * a fault instead; only an arena too small for the interpreter's own data comes here at all. */
void *out_of_arena[5];
bool is_opening = false;

bool says_out_of_arena(const char *format)
{
    return std::strncmp(format, "Failed to allocate", 18) == 0 || std::strncmp(format, "Failed to resize", 16) == 0;
}

/* Opens the parts of the interpreter that an error report needs. */
class Interpreter : public tflite::RecordingMicroInterpreter {
public:
    using RecordingMicroInterpreter::RecordingMicroInterpreter;

    TfLiteContext *context() { return const_cast<TfLiteContext *>(&MicroInterpreter::context()); }
    tflite::MicroInterpreterContext &micro_context()
    {
        return *static_cast<tflite::MicroInterpreterContext *>(tflite::GetMicroContext(context()));
    }
    tflite::MicroInterpreterGraph &graph()
    {
        return static_cast<tflite::MicroInterpreterGraph &>(micro_context().graph());
    }
};

enum class Opened { yes, no, no_room };

/* The compiler's built-in jump, because newlib's does not save floating-point registers. */
Opened allocate(Interpreter &interpreter)
{
    if (__builtin_setjmp(out_of_arena)) {
        is_opening = false;
        return Opened::no_room;
    }
    is_opening = true;
    const TfLiteStatus status = interpreter.AllocateTensors();
    is_opening = false;
    return status == kTfLiteOk ? Opened::yes : Opened::no;
}

} // namespace

struct ev_model {
    ev_model(const tflite::Model *file, uint8_t *arena, size_t arena_bytes)
        : graph(*file->subgraphs()->Get(0)), codes(*file->operator_codes()), usable(add_operators(resolver)),
          interpreter(file, resolver, arena, arena_bytes)
    {
    }

    const tflite::Operator &op(uint32_t index) const { return *graph.operators()->Get(index); }
    uint32_t op_count() const { return graph.operators()->size(); }
    tflite::BuiltinOperator op_code(uint32_t index) const
    {
        return tflite::GetBuiltinCode(codes.Get(op(index).opcode_index()));
    }

    const tflite::SubGraph &graph;
    const flatbuffers::Vector<flatbuffers::Offset<tflite::OperatorCode>> &codes;
    Resolver resolver;
    bool usable;
    Profiler profiler;
    Interpreter interpreter;
};

namespace {

alignas(ev_model) uint8_t storage[sizeof(ev_model)];

ev_status_t fail(ev_error_t *error, ev_status_t status, int32_t op_index = -1, int32_t op_code = -1)
{
    *error = {status, op_index, op_code, 0};
    return status;
}

/* Which operator of the model the resolver lacks; -1: none. */
int32_t missing_operator(const ev_model &model)
{
    for (uint32_t i = 0; i < model.op_count(); i++) {
        if (model.resolver.FindOp(model.op_code(i)) == nullptr) {
            return static_cast<int32_t>(i);
        }
    }
    return -1;
}

/* TFLM says only that it failed; the state it reached tells why. */
ev_status_t explain(ev_model &model, ev_error_t *error)
{
    using State = tflite::MicroInterpreterContext::InterpreterState;
    const State state = model.interpreter.micro_context().GetInterpreterState();
    if (state == State::kPrepare) {
        const auto index = static_cast<uint32_t>(model.interpreter.graph().GetCurrentOperatorIndex());
        return fail(error, EV_ERR_OPTION, static_cast<int32_t>(index), model.op_code(index));
    }
    return fail(error, state == State::kInit ? EV_ERR_MODEL_FORMAT : EV_ERR_ARENA);
}

ev_status_t open_model(ev_model_t **result, const uint8_t *file, uint32_t file_bytes, uint8_t *arena,
                       uint32_t arena_bytes, ev_error_t *error)
{
    if (!result || !file || !arena || !error || reinterpret_cast<uintptr_t>(arena) % EV_ARENA_ALIGN != 0) {
        return EV_ERR_ARGUMENT;
    }
    flatbuffers::Verifier verifier(file, file_bytes);
    if (!tflite::VerifyModelBuffer(verifier) || !is_sound(*tflite::GetModel(file))) {
        return fail(error, EV_ERR_MODEL_FORMAT);
    }
    if (arena_bytes < tflite::RecordingMicroAllocator::GetDefaultTailUsage() + EV_ARENA_ALIGN) {
        return fail(error, EV_ERR_ARENA);
    }
    auto *model = new (storage) ev_model(tflite::GetModel(file), arena, arena_bytes);
    if (!model->usable) {
        return fail(error, EV_ERR_STATE);
    }
    const int32_t missing = missing_operator(*model);
    if (missing >= 0) {
        return fail(error, EV_ERR_OPERATOR, missing, model->op_code(static_cast<uint32_t>(missing)));
    }
    const Opened opened = allocate(model->interpreter);
    if (opened != Opened::yes) {
        return opened == Opened::no ? explain(*model, error) : fail(error, EV_ERR_ARENA);
    }
    *result = model;
    return fail(error, EV_OK);
}

ev_status_t describe(ev_model_t *model, int32_t index, ev_tensor_t *result)
{
    const TfLiteEvalTensor *tensor = model->interpreter.micro_context().GetEvalTensor(index);
    const tflite::Tensor &stored = *model->graph.tensors()->Get(static_cast<uint32_t>(index));
    size_t bytes = 0;
    if (tensor->dims->size > EV_MAX_RANK || tflite::TfLiteEvalTensorByteLength(tensor, &bytes) != kTfLiteOk) {
        return EV_ERR_OPTION;
    }
    ev_tensor_t values = {};
    values.data = tensor->data.data;
    values.bytes = static_cast<uint32_t>(bytes);
    values.type = stored.type();
    values.rank = tensor->dims->size;
    std::memcpy(values.dims, tensor->dims->data, static_cast<size_t>(values.rank) * sizeof values.dims[0]);
    const tflite::QuantizationParameters *quantization = stored.quantization();
    if (quantization && quantization->scale() && quantization->scale()->size() == 1) {
        values.scale = quantization->scale()->Get(0);
        const auto *zero_point = quantization->zero_point();
        values.zero_point = zero_point && zero_point->size() == 1 ? static_cast<int32_t>(zero_point->Get(0)) : 0;
    }
    *result = values;
    return EV_OK;
}

ev_status_t at(ev_model_t *model, const flatbuffers::Vector<int32_t> &tensors, uint32_t index, ev_tensor_t *tensor)
{
    return tensor && index < tensors.size() ? describe(model, tensors.Get(index), tensor) : EV_ERR_ARGUMENT;
}

ev_status_t input(ev_model_t *model, uint32_t index, ev_tensor_t *tensor)
{
    return model ? at(model, *model->graph.inputs(), index, tensor) : EV_ERR_ARGUMENT;
}

ev_status_t output(ev_model_t *model, uint32_t index, ev_tensor_t *tensor)
{
    return model ? at(model, *model->graph.outputs(), index, tensor) : EV_ERR_ARGUMENT;
}

ev_status_t invoke(ev_model_t *model, ev_observer_fn observer, void *context, ev_error_t *error)
{
    if (!model || !error) {
        return EV_ERR_ARGUMENT;
    }
    model->profiler.start(observer, context);
    model->interpreter.context()->profiler = observer ? &model->profiler : nullptr;
    return fail(error, model->interpreter.Invoke() == kTfLiteOk ? EV_OK : EV_ERR_OPTION);
}

ev_status_t stats(const ev_model_t *model, ev_stats_t *result)
{
    if (!model || !result) {
        return EV_ERR_ARGUMENT;
    }
    const auto *memory = model->interpreter.GetMicroAllocator().GetSimpleMemoryAllocator();
    *result = {
        model->graph.inputs()->size(),
        model->graph.outputs()->size(),
        model->op_count(),
        static_cast<uint32_t>(model->interpreter.arena_used_bytes()),
        static_cast<uint32_t>(memory->GetPersistentUsedBytes()),
    };
    return EV_OK;
}

/* TFLM plans once for all operators and does not say what lives during one of them: 0. */
ev_status_t op_info(const ev_model_t *model, uint32_t op_index, ev_op_info_t *info)
{
    if (!model || !info || op_index >= model->op_count()) {
        return EV_ERR_ARGUMENT;
    }
    *info = {model->op_code(op_index), model->op(op_index).outputs()->size(), 0};
    return EV_OK;
}

ev_status_t op_output(ev_model_t *model, uint32_t op_index, uint32_t index, ev_tensor_t *tensor)
{
    return model && op_index < model->op_count() ? at(model, *model->op(op_index).outputs(), index, tensor)
                                                 : EV_ERR_ARGUMENT;
}

} // namespace

extern "C" {

const ev_engine_t ev_engine_tflm = {
    "tflm", EV_TFLM_VERSION, open_model, input, output, invoke, stats, op_info, op_output,
};

/* A failed check of TFLM is a fault with an address, not the C library's message on a stream. */
[[noreturn]] void abort()
{
    __builtin_trap();
}
[[noreturn]] void __assert_func(const char *, int, const char *, const char *)
{
    __builtin_trap();
}

/* In place of TFLM's debug_log.cc, whose printf would bring in a heap. */
void DebugLog(const char *format, va_list)
{
    if (is_opening && says_out_of_arena(format)) {
        __builtin_longjmp(out_of_arena, 1);
    }
    if (std::strcmp(format, "HALTED") == 0) {
        abort(); /* TFLM itself would end in an endless loop */
    }
}
int DebugVsnprintf(char *, size_t, const char *, va_list)
{
    return 0;
}

} // extern "C"
