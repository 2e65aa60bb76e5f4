# Defines the library ev_engine. A microcontroller and a PC get the same sources, except for the kernels:
# EV_DSP replaces those of kernels/plain that have a counterpart in kernels/dsp.
option(EV_DSP "kernels for cores with the DSP extension" ${CMAKE_CROSSCOMPILING})

set(engine "${CMAKE_CURRENT_LIST_DIR}/builtin")
set(sources
    engine.c
    model/model.c model/view.c
    plan/arena.c plan/plan.c plan/steps.c
    ops/activation.c ops/batch_matmul.c ops/binary.c ops/concatenation.c ops/conv.c ops/convert.c ops/dense.c
    ops/gather.c ops/log_softmax.c ops/lstm.c ops/mean.c ops/ops.c ops/pad.c ops/pair.c ops/pool.c ops/resize.c
    ops/shape.c ops/slice.c ops/softmax.c ops/split.c ops/svdf.c ops/transpose_conv.c ops/unary.c ops/wide.c
    ops/shared/broadcast.c ops/shared/channels.c ops/shared/moves.c ops/shared/window.c
)
set(dsp_kernels
    add_s8 average_pool_s8 conv_s8 dense_s8 depthwise_narrow depthwise_s8 depthwise_shared max_pool_s8
)
set(plain_kernels
    add_s8 average_pool_s8 batch_matmul columns conv_s16 conv_s8 convert copy_strided curves_s16 dense_s8
    depthwise_s16 depthwise_s8 fixed_log fixed_point gather hard_swish_s8 leaky_relu log_softmax_s8 logistic_s8
    lstm_s8 max_pool_s8 mean_s16 mean_s8 mul_s8 pad_s16 pad_s8 pairs pool_s16 quant quantize resize_nearest
    softmax_s16 softmax_s8 softmax_s8_s16 svdf_s8 tanh_s8 transpose_conv transpose_s8 unary_s8
)
if(EV_DSP)
    list(REMOVE_ITEM plain_kernels ${dsp_kernels})
    list(TRANSFORM dsp_kernels PREPEND "kernels/dsp/")
    list(TRANSFORM dsp_kernels APPEND ".c")
else()
    set(dsp_kernels)
endif()
list(TRANSFORM plain_kernels PREPEND "kernels/plain/")
list(TRANSFORM plain_kernels APPEND ".c")
set(sources ${sources} ${plain_kernels} ${dsp_kernels})
list(TRANSFORM sources PREPEND "${engine}/")

add_library(ev_engine STATIC ${sources})
target_include_directories(ev_engine
    PUBLIC "${CMAKE_CURRENT_LIST_DIR}/../include"
    PRIVATE "${engine}"
)
target_compile_options(ev_engine PRIVATE
    -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wundef
    -Wpointer-arith -Wdouble-promotion
)
