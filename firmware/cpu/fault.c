/* On any fault, save the registers and pass them to the application. */
#include "cpu.h"

#define SCB_AIRCR 0xE000ED0Cu
#define SCB_CFSR 0xE000ED28u
#define SCB_HFSR 0xE000ED2Cu
#define SCB_MMFAR 0xE000ED34u
#define SCB_BFAR 0xE000ED38u
#define AIRCR_RESET 0x05FA0004u

void cpu_fault_entry(void);
void cpu_fault_report(const uint32_t *frame, uint32_t exc_return) __attribute__((noreturn, used));

static ev_fault_t fault;
static bool active;

/* Bit 2 of EXC_RETURN: the frame is on the process stack. */
__attribute__((naked)) void cpu_fault_entry(void)
{
    __asm volatile("tst lr, #4\n"
                   "ite eq\n"
                   "mrseq r0, msp\n"
                   "mrsne r0, psp\n"
                   "mov r1, lr\n"
                   "b cpu_fault_report\n");
}

extern uint8_t ld_ram_start[], ld_ram_end[];

/* After a stack overflow the frame was not written and must not be read. */
static bool frame_is_readable(const uint32_t *frame)
{
    const uintptr_t at = (uintptr_t)frame;
    return at >= (uintptr_t)ld_ram_start && at + 32 <= (uintptr_t)ld_ram_end;
}

void cpu_fault_report(const uint32_t *frame, uint32_t exc_return)
{
    if (active) {
        cpu_reset(); /* a fault while reporting one */
    }
    active = true;
    const bool with_fpu = (exc_return & 0x10u) == 0; /* 26 words instead of 8 */
    fault.sp = (uint32_t)(uintptr_t)frame + (with_fpu ? 104u : 32u);
    if (frame_is_readable(frame)) {
        for (uint32_t i = 0; i < 4; i++) {
            fault.r[i] = frame[i];
        }
        fault.r12 = frame[4];
        fault.lr = frame[5];
        fault.pc = frame[6];
        fault.xpsr = frame[7];
    }
    fault.cfsr = REG32(SCB_CFSR);
    fault.hfsr = REG32(SCB_HFSR);
    fault.mmfar = REG32(SCB_MMFAR);
    fault.bfar = REG32(SCB_BFAR);
    ev_on_fault(&fault);
    cpu_reset();
}

void cpu_reset(void)
{
    __asm volatile("dsb" ::: "memory");
    REG32(SCB_AIRCR) = AIRCR_RESET;
    __asm volatile("dsb" ::: "memory");
    for (;;) {
        /* The reset takes a few cycles. */
    }
}
