set(BOARD_TARGET stm32l4r5) # its name on edgeval's command line and in edgeval/targets
set(BOARD_CPU_FLAGS -mcpu=cortex-m4 -mfpu=fpv4-sp-d16)
set(BOARD_SOURCES
    cpu/cache_none.c
    drivers/stm32/clock_l4.c
    drivers/stm32/flash_page.c
)
