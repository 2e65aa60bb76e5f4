/* The operators that the engine `tflm` links. */
#ifndef TFLM_OPERATORS_H
#define TFLM_OPERATORS_H

#include <tensorflow/lite/micro/micro_mutable_op_resolver.h>

namespace {

constexpr int kOperators = 33;
using Resolver = tflite::MicroMutableOpResolver<kOperators>;

/* The operators of the built-in engine, and others that converters leave in int8 image classifiers. */
bool add_operators(Resolver &to)
{
    const TfLiteStatus added[] = {
        to.AddAdd(),
        to.AddAveragePool2D(),
        to.AddConcatenation(),
        to.AddConv2D(),
        to.AddDepthwiseConv2D(),
        to.AddDequantize(),
        to.AddFullyConnected(),
        to.AddLogistic(),
        to.AddMaxPool2D(),
        to.AddMean(),
        to.AddMul(),
        to.AddPad(),
        to.AddPadV2(),
        to.AddQuantize(),
        to.AddRelu(),
        to.AddRelu6(),
        to.AddReshape(),
        to.AddSoftmax(),
        to.AddSub(),
        to.AddTranspose(),
        to.AddExpandDims(),
        to.AddHardSwish(),
        to.AddLeakyRelu(),
        to.AddMaximum(),
        to.AddMinimum(),
        to.AddPack(),
        to.AddPrelu(),
        to.AddReduceMax(),
        to.AddShape(),
        to.AddSplit(),
        to.AddSqueeze(),
        to.AddStridedSlice(),
        to.AddTanh(),
    };
    static_assert(sizeof added / sizeof added[0] == kOperators, "the resolver has one place per operator");
    for (TfLiteStatus status : added) {
        if (status != kTfLiteOk) {
            return false;
        }
    }
    return true;
}

} // namespace

#endif
