/* A core without level 1 caches (Cortex-M4). */
#include "cpu.h"

void cpu_caches_enable(void) {}

void cpu_data_cache_flush(void) {}
