# Defines the library ev_engine on top of the user's TensorFlow Lite Micro (docs/TFLM.md):
#   -DEV_ENGINE=tflm -DEDGEVAL_TFLM_ROOT=<checkout> [-DEDGEVAL_TFLM_LIBRARY=<libtensorflow-microlite.a>]
set(EDGEVAL_TFLM_ROOT "" CACHE PATH "checkout of tflite-micro with its downloads and a built library")
set(EDGEVAL_TFLM_LIBRARY "" CACHE FILEPATH "libtensorflow-microlite.a; default: the one below the root")
set(how "see docs/TFLM.md and tensorflow/lite/micro/cortex_m_generic/README.md of TFLM")

set(downloads "${EDGEVAL_TFLM_ROOT}/tensorflow/lite/micro/tools/make/downloads")
foreach(header IN ITEMS
        "${EDGEVAL_TFLM_ROOT}/tensorflow/lite/micro/recording_micro_interpreter.h"
        "${downloads}/flatbuffers/include/flatbuffers/flatbuffers.h"
        "${downloads}/gemmlowp/fixedpoint/fixedpoint.h")
    if(NOT EXISTS "${header}")
        message(FATAL_ERROR "EDGEVAL_TFLM_ROOT is no built tflite-micro, ${header} is missing; ${how}")
    endif()
endforeach()

set(library "${EDGEVAL_TFLM_LIBRARY}")
if(library STREQUAL "")
    file(GLOB library "${EDGEVAL_TFLM_ROOT}/gen/cortex_m_generic_*/lib/libtensorflow-microlite.a")
endif()
list(LENGTH library count)
if(NOT count EQUAL 1)
    message(FATAL_ERROR "${count} libtensorflow-microlite.a below ${EDGEVAL_TFLM_ROOT}/gen; "
        "build one or name it with -DEDGEVAL_TFLM_LIBRARY=, ${how}")
endif()
if(NOT EXISTS "${library}")
    message(FATAL_ERROR "EDGEVAL_TFLM_LIBRARY ${library} does not exist; ${how}")
endif()

# TFLM has no version numbers: the commit where the root is a checkout, otherwise the library's hash; and its kernels.
execute_process(COMMAND git -C "${EDGEVAL_TFLM_ROOT}" rev-parse --show-prefix --short=7 HEAD
    OUTPUT_VARIABLE revision ERROR_QUIET)
if(revision MATCHES "^\n([0-9a-f]+)")
    set(revision "${CMAKE_MATCH_1}")
else()
    file(SHA256 "${library}" hash)
    string(SUBSTRING "lib${hash}" 0 7 revision)
endif()
execute_process(COMMAND ${CMAKE_AR} t "${library}" OUTPUT_VARIABLE members COMMAND_ERROR_IS_FATAL ANY)
if(members MATCHES "arm_convolve_s8\\.o")
    set(kernels "cmsis")
else()
    set(kernels "ref")
endif()

enable_language(CXX)
add_library(ev_engine STATIC "${CMAKE_CURRENT_LIST_DIR}/adapter.cc")
target_compile_features(ev_engine PRIVATE cxx_std_17)
target_include_directories(ev_engine
    PUBLIC "${CMAKE_CURRENT_LIST_DIR}/../../include"
    PRIVATE "${CMAKE_CURRENT_LIST_DIR}"
)
target_include_directories(ev_engine SYSTEM PRIVATE
    "${EDGEVAL_TFLM_ROOT}" "${downloads}/flatbuffers/include" "${downloads}/gemmlowp")
# TF_LITE_STATIC_MEMORY is part of TFLM's binary interface; without its log strings the adapter fits every BUILD_TYPE.
target_compile_definitions(ev_engine PRIVATE
    TF_LITE_STATIC_MEMORY TF_LITE_STRIP_ERROR_STRINGS NDEBUG EV_TFLM_VERSION="${revision}+${kernels}")
target_compile_options(ev_engine PRIVATE
    -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-unwind-tables -fno-asynchronous-unwind-tables
    -Wall -Wextra -Werror -Wshadow -Wconversion -Wundef
)
target_link_libraries(ev_engine PUBLIC "${library}")
