/* USART or LPUART with both directions by DMA.
 *
 * Reception goes into a ring that the DMA fills by itself, so no byte is lost
 * while the core computes. Where nothing serves the DMA requests (an emulator
 * without a DMA model) received bytes stay in the data register; that is
 * noticed, and the core moves them itself.
 */
#ifndef STM32_UART_H
#define STM32_UART_H

#include <stdint.h>

#include "ev_status.h"

/* Register offsets and bits that differ between the two generations. */
typedef struct {
    uint8_t control1, control3, baud, status, clear, receive, transmit;
    uint32_t enable; /* control1: peripheral, transmitter and receiver on */
} usart_layout_t;

extern const usart_layout_t usart_v1; /* STM32F4 */
extern const usart_layout_t usart_v2; /* STM32F7, STM32L4 */

/* A DMA stream (F4, F7) or channel (L4): control, count, peripheral and memory
 * address are four consecutive words in both. */
typedef struct {
    uintptr_t base;
    uintptr_t clear;     /* register that clears its flags */
    uint32_t clear_mask;
    uint32_t mode;       /* control word without the enable bit */
} dma_lane_t;

typedef struct {
    uintptr_t base;
    const usart_layout_t *layout;
    uint32_t baud_scale; /* 1; 256 for an LPUART */
    dma_lane_t rx;       /* circular, byte wide, peripheral to memory */
    dma_lane_t tx;
} uart_config_t;

#define DMA_STREAM_RX(channel) (((channel) << 25) | (1u << 10) | (1u << 8))
#define DMA_STREAM_TX(channel) (((channel) << 25) | (1u << 10) | (1u << 6))
#define DMA_CHANNEL_RX ((1u << 7) | (1u << 5))
#define DMA_CHANNEL_TX ((1u << 7) | (1u << 4))

/* `config` must stay valid. `clock_hz` is the UART's kernel clock. */
void uart_init(const uart_config_t *config, uint32_t clock_hz, uint32_t baud);
uint32_t uart_read(uint8_t *data, uint32_t capacity);
ev_status_t uart_write(const uint8_t *data, uint32_t bytes);
uint32_t uart_errors(void);

#endif
