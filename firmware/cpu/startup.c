/* Vector table and the way from reset to main().
 *
 * main() runs on the process stack at the very start of RAM, so an overflow
 * leaves the RAM and faults instead of overwriting static data. Exceptions use
 * a stack of their own, so that the fault can still be reported.
 */
#include <string.h>

#include "cpu.h"

#define SCB_VTOR 0xE000ED08u
#define SCB_CPACR 0xE000ED88u
#define SCB_SHCSR 0xE000ED24u
#define SHCSR_FAULTS \
    (7u << 16) /* faults have exceptions of their own, so that a fault while reporting one is a HardFault */
#define CPACR_FPU_FULL (0xFu << 20)

extern uint32_t ld_stack_top[], ld_exception_stack_top[];
extern uint8_t ld_data_load[], ld_data_start[], ld_data_end[], ld_bss_start[], ld_bss_end[];

int main(void);
void cpu_reset_handler(void) __attribute__((noreturn));
void cpu_fault_entry(void);

typedef void (*vector_fn)(void);

typedef struct {
    uint32_t *stack;
    vector_fn handlers[15];
} vectors_t;

/* No interrupt is ever enabled: the core's own exceptions are the whole table. */
/* clang-format off */
__attribute__((section(".vectors"), used)) static const vectors_t vectors = {
    .stack = ld_exception_stack_top,
    .handlers = {
        cpu_reset_handler,
        cpu_fault_entry, /* NMI */
        cpu_fault_entry, /* HardFault */
        cpu_fault_entry, /* MemManage */
        cpu_fault_entry, /* BusFault */
        cpu_fault_entry, /* UsageFault */
        NULL, NULL, NULL, NULL,
        cpu_fault_entry, /* SVCall */
        cpu_fault_entry, /* DebugMonitor */
        NULL,
        cpu_fault_entry, /* PendSV */
        cpu_fault_entry, /* SysTick */
    },
};
/* clang-format on */

__attribute__((naked, noreturn)) static void run_main_on(__attribute__((unused)) const uint32_t *stack)
{
    __asm volatile("msr psp, r0\n"
                   "movs r0, #2\n"
                   "msr control, r0\n"
                   "isb\n"
                   "bl main\n"
                   "b .\n");
}

void cpu_reset_handler(void)
{
    REG32(SCB_VTOR) = (uint32_t)(uintptr_t)&vectors;
    REG32(SCB_CPACR) |= CPACR_FPU_FULL;
    REG32(SCB_SHCSR) |= SHCSR_FAULTS;
    __asm volatile("dsb\nisb" ::: "memory");
    memcpy(ld_data_start, ld_data_load, (size_t)(ld_data_end - ld_data_start));
    memset(ld_bss_start, 0, (size_t)(ld_bss_end - ld_bss_start));
    cpu_stack_paint();
    run_main_on(ld_stack_top);
}
