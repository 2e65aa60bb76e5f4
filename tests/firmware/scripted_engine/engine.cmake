add_library(ev_engine STATIC "${CMAKE_CURRENT_LIST_DIR}/scripted.c")
target_include_directories(ev_engine PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/include")
target_compile_options(ev_engine PRIVATE ${warnings})
