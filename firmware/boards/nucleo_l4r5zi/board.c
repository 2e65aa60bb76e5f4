/* NUCLEO-L4R5ZI: the ST-LINK's virtual COM port is LPUART1 on PG7 and PG8 (UM2179). */
#include "boards/board.h"

#include "boards/port.h"
#include "drivers/stm32/flash.h"
#include "drivers/stm32/gpio.h"
#include "drivers/stm32/uart.h"

#define RCC_AHB1ENR 0x40021048u
#define RCC_AHB2ENR 0x4002104Cu
#define RCC_APB1ENR2 0x4002105Cu
#define PWR_CR2 0x40007004u
#define GPIOG 0x48001800u
#define DMA1 0x40020000u
#define DMAMUX1 0x40020800u
#define REQUEST_LPUART1_RX 34u
#define REQUEST_LPUART1_TX 35u
#define BAUD 921600u

static const uart_config_t lpuart1 = {
    .base = 0x40008000u,
    .layout = &usart_v2,
    .baud_scale = 256,
    .rx = {DMA1 + 0x08u, DMA1 + 0x04u, 0xFu << 0, DMA_CHANNEL_RX}, /* channel 1 */
    .tx = {DMA1 + 0x1Cu, DMA1 + 0x04u, 0xFu << 4, DMA_CHANNEL_TX}, /* channel 2 */
};

static const flash_config_t slot = {.slot = 0x08040000u, .first_unit = 0, .unit_bytes = 8u * 1024u};

const ev_port_t *board_init(void)
{
    cpu_caches_enable();
    const clocks_t clocks = clock_init(0);
    clock_enable(RCC_AHB1ENR, (1u << 0) | (1u << 2)); /* DMA1, DMAMUX1 */
    clock_enable(RCC_AHB2ENR, 1u << 6); /* GPIOG */
    clock_enable(RCC_APB1ENR2, 1u << 0); /* LPUART1 */
    REG32(PWR_CR2) |= 1u << 9; /* supply of PG2 to PG15 is valid */
    gpio_alternate(GPIOG, 7, 8);
    gpio_alternate(GPIOG, 8, 8);
    REG32(DMAMUX1 + 0x0u) = REQUEST_LPUART1_RX;
    REG32(DMAMUX1 + 0x4u) = REQUEST_LPUART1_TX;
    uart_init(&lpuart1, clocks.uart_hz, BAUD);
    flash_init(&slot);
    return port_init(clocks);
}
