set(BOARD_TARGET stm32f746) # its name on edgeval's command line and in edgeval/targets
set(BOARD_CPU_FLAGS -mcpu=cortex-m7 -mfpu=fpv5-sp-d16)
set(BOARD_SOURCES
    cpu/cache_m7.c
    drivers/stm32/clock_f7.c
    drivers/stm32/flash_sector.c
)
