/* DISCO-F746NG: the ST-LINK's virtual COM port is USART1 on PA9 and PB7 (UM1907). */
#include "boards/board.h"

#include "boards/port.h"
#include "drivers/stm32/flash.h"
#include "drivers/stm32/gpio.h"
#include "drivers/stm32/uart.h"

#define RCC_AHB1ENR 0x40023830u
#define RCC_APB2ENR 0x40023844u
#define GPIOA 0x40020000u
#define GPIOB 0x40020400u
#define DMA2 0x40026400u
#define CRYSTAL_HZ 25000000u
#define BAUD 921600u

static const uart_config_t usart1 = {
    .base = 0x40011000u,
    .layout = &usart_v2,
    .baud_scale = 1,
    .rx = {DMA2 + 0x40u, DMA2 + 0x08u, 0x3Du << 16, DMA_STREAM_RX(4u)}, /* stream 2 */
    .tx = {DMA2 + 0xB8u, DMA2 + 0x0Cu, 0x3Du << 22, DMA_STREAM_TX(4u)}, /* stream 7 */
};

static const flash_config_t slot = {.slot = 0x08040000u, .first_unit = 5, .unit_bytes = 256u * 1024u};

const ev_port_t *board_init(void)
{
    cpu_caches_enable();
    const clocks_t clocks = clock_init(CRYSTAL_HZ);
    clock_enable(RCC_AHB1ENR, (1u << 0) | (1u << 1) | (1u << 22)); /* GPIOA, GPIOB, DMA2 */
    clock_enable(RCC_APB2ENR, 1u << 4); /* USART1 */
    gpio_alternate(GPIOA, 9, 7);
    gpio_alternate(GPIOB, 7, 7);
    uart_init(&usart1, clocks.uart_hz, BAUD);
    flash_init(&slot);
    return port_init(clocks);
}
