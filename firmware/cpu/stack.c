#include "cpu.h"

#define PAINT 0xC5C5C5C5u

extern uint32_t ld_stack_start[], ld_stack_top[];
extern uint8_t ld_exception_stack_start[], ld_bss_end[], ld_data_start[];
extern uint8_t ld_arena_start[], ld_arena_end[], ld_slot_start[], ld_slot_end[], ld_build_id[];

void cpu_stack_paint(void)
{
    for (uint32_t *word = ld_stack_start; word < ld_stack_top; word++) {
        *word = PAINT;
    }
}

uint32_t cpu_stack_used(void)
{
    const uint32_t *word = ld_stack_start;
    while (word < ld_stack_top && *word == PAINT) {
        word++;
    }
    return (uint32_t)((const uint8_t *)ld_stack_top - (const uint8_t *)word);
}

cpu_layout_t cpu_layout(void)
{
    return (cpu_layout_t){
        .slot = ld_slot_start,
        .slot_bytes = (uint32_t)(ld_slot_end - ld_slot_start),
        .arena = ld_arena_start,
        .arena_bytes = (uint32_t)(ld_arena_end - ld_arena_start),
        .static_bytes = (uint32_t)(ld_arena_start - (uint8_t *)ld_stack_top),
        .stack_bytes = (uint32_t)((uint8_t *)ld_stack_top - (uint8_t *)ld_stack_start),
        .build_id = ld_build_id,
    };
}
