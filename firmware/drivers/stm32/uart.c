#include "uart.h"

#include <string.h>

#include "cpu/cpu.h"
#include "proto/frame.h"

#define RING_BYTES 2048u /* a power of two that holds a whole frame */
_Static_assert(RING_BYTES > FRAME_MAX && (RING_BYTES & (RING_BYTES - 1)) == 0, "ring size");

#define STATUS_ERRORS 0x0Fu /* parity, framing, noise, overrun */
#define STATUS_RXNE (1u << 5)
#define STATUS_TC (1u << 6)
#define STATUS_TXE (1u << 7)
#define CONTROL3_DMA (3u << 6) /* DMAR, DMAT */

#define DMA_ENABLE 1u
#define DMA_CONTROL 0u
#define DMA_COUNT 4u
#define DMA_PERIPHERAL 8u
#define DMA_MEMORY 12u

#define STUCK_READS 256u        /* idle polls with an unread byte before the core takes over from the DMA */
#define START_READS 100000u     /* status reads until a DMA transfer has moved its first byte */
#define BYTE_READS 1000000u     /* status reads for one byte at the slowest baud rate */

const usart_layout_t usart_v1 = {
    .control1 = 0x0C,
    .control3 = 0x14,
    .baud = 0x08,
    .status = 0x00,
    .clear = 0x00,
    .receive = 0x04,
    .transmit = 0x04,
    .enable = (1u << 13) | (1u << 3) | (1u << 2),
};
const usart_layout_t usart_v2 = {
    .control1 = 0x00,
    .control3 = 0x08,
    .baud = 0x0C,
    .status = 0x1C,
    .clear = 0x20,
    .receive = 0x24,
    .transmit = 0x28,
    .enable = (1u << 3) | (1u << 2) | (1u << 0),
};

static uint8_t ring[RING_BYTES];

static struct {
    const uart_config_t *config;
    uint32_t tail;
    uint32_t stuck_reads;
    uint32_t errors;
    bool without_dma;
} uart;

static uintptr_t reg(uint8_t offset)
{
    return uart.config->base + offset;
}

static void lane_start(const dma_lane_t *lane, uintptr_t peripheral, uintptr_t memory, uint32_t count)
{
    REG32(lane->base + DMA_CONTROL) = lane->mode;
    (void)cpu_wait(lane->base + DMA_CONTROL, DMA_ENABLE, 0, START_READS);
    REG32(lane->clear) = lane->clear_mask;
    REG32(lane->base + DMA_PERIPHERAL) = (uint32_t)peripheral;
    REG32(lane->base + DMA_MEMORY) = (uint32_t)memory;
    REG32(lane->base + DMA_COUNT) = count;
    __asm volatile("dsb" ::: "memory"); /* the data is in memory before the DMA reads it */
    REG32(lane->base + DMA_CONTROL) = lane->mode | DMA_ENABLE;
}

void uart_init(const uart_config_t *config, uint32_t clock_hz, uint32_t baud)
{
    const usart_layout_t *layout = config->layout;
    memset(&uart, 0, sizeof uart);
    uart.config = config;
    const uint32_t scale = config->baud_scale;
    REG32(reg(layout->baud)) = (clock_hz / baud) * scale + ((clock_hz % baud) * scale + baud / 2) / baud;
    REG32(reg(layout->control3)) = CONTROL3_DMA;
    REG32(reg(layout->control1)) = layout->enable;
    lane_start(&config->rx, reg(layout->receive), (uintptr_t)ring, RING_BYTES);
}

uint32_t uart_errors(void)
{
    return uart.errors;
}

static void stop_dma(void)
{
    uart.without_dma = true;
    REG32(reg(uart.config->layout->control3)) = 0;
    REG32(uart.config->rx.base + DMA_CONTROL) = 0;
    REG32(uart.config->tx.base + DMA_CONTROL) = 0;
}

static void clear_errors(uint32_t status)
{
    const usart_layout_t *layout = uart.config->layout;
    uart.errors++;
    if (layout->clear == layout->status) {
        (void)REG32(reg(layout->receive)); /* first generation: reading the data clears the flags */
    } else {
        REG32(reg(layout->clear)) = status & STATUS_ERRORS;
    }
}

/* Nothing new in the ring: look for line errors and for a byte that no DMA fetches. */
static void check_idle_line(void)
{
    const uint32_t status = REG32(reg(uart.config->layout->status));
    if ((status & STATUS_ERRORS) != 0) {
        clear_errors(status);
    }
    uart.stuck_reads = (status & STATUS_RXNE) != 0 ? uart.stuck_reads + 1 : 0;
    if (uart.stuck_reads > STUCK_READS) {
        stop_dma();
    }
}

static uint32_t read_register(uint8_t *data, uint32_t capacity)
{
    const usart_layout_t *layout = uart.config->layout;
    uint32_t count = 0;
    while (count < capacity && (REG32(reg(layout->status)) & STATUS_RXNE) != 0) {
        data[count++] = (uint8_t)REG32(reg(layout->receive));
    }
    return count;
}

static uint32_t read_ring(uint8_t *data, uint32_t capacity)
{
    const uint32_t head = (RING_BYTES - REG32(uart.config->rx.base + DMA_COUNT)) % RING_BYTES;
    const uint32_t end = head >= uart.tail ? head : RING_BYTES; /* the part after the wrap is read by the next call */
    uint32_t count = end - uart.tail;
    if (count > capacity) {
        count = capacity;
    }
    __asm volatile("dmb" ::: "memory");
    memcpy(data, ring + uart.tail, count);
    uart.tail = (uart.tail + count) % RING_BYTES;
    return count;
}

uint32_t uart_read(uint8_t *data, uint32_t capacity)
{
    if (uart.without_dma) {
        return read_register(data, capacity);
    }
    const uint32_t count = read_ring(data, capacity);
    if (count == 0) {
        check_idle_line();
    }
    return count;
}

static ev_status_t write_register(const uint8_t *data, uint32_t bytes)
{
    const usart_layout_t *layout = uart.config->layout;
    for (uint32_t i = 0; i < bytes; i++) {
        if (!cpu_wait(reg(layout->status), STATUS_TXE, STATUS_TXE, BYTE_READS)) {
            return EV_ERR_TIMEOUT;
        }
        REG32(reg(layout->transmit)) = data[i];
    }
    return EV_OK;
}

/* False when the DMA did not even move the first byte. */
static bool write_dma(const uint8_t *data, uint32_t bytes, ev_status_t *status)
{
    const dma_lane_t *lane = &uart.config->tx;
    const usart_layout_t *layout = uart.config->layout;
    REG32(reg(layout->clear)) = layout->clear == layout->status ? ~STATUS_TC : STATUS_TC;
    lane_start(lane, reg(layout->transmit), (uintptr_t)data, bytes);
    uint32_t left = bytes;
    for (uint32_t reads = 0; left > 0; reads++) {
        const uint32_t now = REG32(lane->base + DMA_COUNT);
        if (now != left) {
            left = now;
            reads = 0;
        } else if (reads > (left == bytes ? START_READS : BYTE_READS)) {
            *status = EV_ERR_TIMEOUT;
            return left != bytes;
        }
    }
    *status = EV_OK;
    return true;
}

ev_status_t uart_write(const uint8_t *data, uint32_t bytes)
{
    ev_status_t status = EV_OK;
    if (uart.without_dma || !write_dma(data, bytes, &status)) {
        if (!uart.without_dma) {
            stop_dma();
        }
        status = write_register(data, bytes);
    }
    if (status != EV_OK) {
        return status;
    }
    const uint8_t at = uart.config->layout->status;
    return cpu_wait(reg(at), STATUS_TC, STATUS_TC, BYTE_READS) ? EV_OK : EV_ERR_TIMEOUT;
}
