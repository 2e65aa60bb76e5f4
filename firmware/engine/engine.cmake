# Defines the library ev_engine, the same for a microcontroller and a PC but for the kernels:
# EV_DSP takes those in kernels/dsp in place of their plain C counterparts.
option(EV_DSP "kernels for cores with the DSP extension" ${CMAKE_CROSSCOMPILING})

set(engine "${CMAKE_CURRENT_LIST_DIR}/builtin")
set(dsp_kernels add_s8 conv_s8 dense_s8 depthwise_s8 max_pool_s8)
set(plain_kernels
    add_s8 average_pool_s8 columns conv_s8 dense_s8 depthwise_s8 fixed_point logistic_s8 max_pool_s8 mean_s8
    mul_s8 pad_s8 quantize softmax_s8 transpose_s8 unary_s8
)
set(engine_sources
    arena channels engine model model_view op_binary op_concatenation op_conv op_dense op_mean op_pad op_pool
    op_shape op_softmax op_unary ops plan quant window
)
if(EV_DSP)
    list(REMOVE_ITEM plain_kernels ${dsp_kernels})
    list(TRANSFORM dsp_kernels PREPEND "kernels/dsp/")
else()
    set(dsp_kernels)
endif()
list(TRANSFORM plain_kernels PREPEND "kernels/")
set(sources ${engine_sources} ${plain_kernels} ${dsp_kernels})
list(TRANSFORM sources PREPEND "${engine}/")
list(TRANSFORM sources APPEND ".c")

add_library(ev_engine STATIC ${sources})
target_include_directories(ev_engine
    PUBLIC "${CMAKE_CURRENT_LIST_DIR}/../include"
    PRIVATE "${engine}" "${engine}/kernels"
)
target_compile_options(ev_engine PRIVATE
    -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wundef
    -Wpointer-arith -Wdouble-promotion
)
