/* Operators with a state that outlives the inference. */
#ifndef NN_RECURRENT_H
#define NN_RECURRENT_H

#include <stdint.h>

/* SVDF: a vector of each filter's last results, weighted over time. */
typedef struct {
    const int8_t *input; /* [batches, inputs] */
    const int8_t *feature_weights; /* [filters, inputs] */
    const uint8_t *time_weights; /* [filters, memory], of the state's type; not aligned */
    const uint8_t *bias; /* int32 [units], not aligned */
    uint8_t *state; /* int8 or int16 [batches, filters, memory] */
    int8_t *output; /* [batches, units] */
    int32_t batches, inputs, units, rank, memory; /* filters = units * rank */
    int32_t state_bytes; /* of an element: 1 or 2 */
    int32_t input_zero_point, state_zero_point, output_zero_point;
    int32_t feature_multiplier, feature_shift;
    int32_t multiplier, shift;
} nn_svdf_args_t;

enum { NN_LSTM_INPUT_GATE, NN_LSTM_FORGET_GATE, NN_LSTM_CELL_GATE, NN_LSTM_OUTPUT_GATE, NN_LSTM_GATES };

typedef struct {
    const int8_t *weights; /* [states, inputs] */
    const int8_t *recurrent_weights; /* [states, states] */
    const uint8_t *bias; /* int32 [states], not aligned */
    int32_t multiplier, shift; /* to Q3.12 */
    int32_t recurrent_multiplier, recurrent_shift;
} nn_lstm_gate_t;

/* UNIDIRECTIONAL_SEQUENCE_LSTM of int8 with a cell state of int16. */
typedef struct {
    nn_lstm_gate_t gates[NN_LSTM_GATES];
    const int8_t *input;
    int8_t *output;
    int8_t *hidden; /* state [batches, states] */
    int16_t *cell; /* state [batches, states] */
    int8_t *next; /* scratch [states] */
    int32_t batches, steps, inputs, states;
    int32_t time_major; /* input and output are [steps, batches, ...], else [batches, steps, ...] */
    int32_t input_zero_point, hidden_zero_point;
    int32_t tanh_multiplier, tanh_shift; /* of the cell state */
    int32_t cell_limit; /* 0 = none */
    int32_t update_multiplier, update_shift; /* of input gate times cell gate to the cell state */
    int32_t output_multiplier, output_shift;
} nn_lstm_args_t;

void nn_svdf_s8(const nn_svdf_args_t *args);
void nn_lstm_s8(const nn_lstm_args_t *args);

#endif
