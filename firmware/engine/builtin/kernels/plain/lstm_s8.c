#include <string.h>

#include "kernels/activations.h"
#include "kernels/load.h"
#include "kernels/recurrent.h"
#include "kernels/requant.h"

enum { GATE_MULTIPLIER = 3 }; /* of Q3.12 to the curves' table */

static int32_t to_int16(int32_t value)
{
    return nn_min(nn_max(value, INT16_MIN), INT16_MAX);
}

static int32_t dot(const int8_t *weights, const int8_t *values, int32_t count, int32_t zero_point)
{
    uint32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += (uint32_t)(weights[i] * (values[i] - zero_point));
    }
    return (int32_t)sum;
}

/* What goes into a gate's curve for one state, Q3.12. */
static int32_t gate_input(const nn_lstm_args_t *args, const nn_lstm_gate_t *gate, const int8_t *input,
                          const int8_t *hidden, int32_t state)
{
    const int32_t fed = dot(gate->weights + state * args->inputs, input, args->inputs, args->input_zero_point);
    const int32_t kept = dot(gate->recurrent_weights + state * args->states, hidden, args->states,
                             args->hidden_zero_point);
    const int32_t biased = nn_wrapping_add(fed, nn_load_i32(gate->bias + 4 * state));
    return to_int16(to_int16(nn_requantize(biased, gate->multiplier, gate->shift)) +
                    to_int16(nn_requantize(kept, gate->recurrent_multiplier, gate->recurrent_shift)));
}

static int32_t limited(const nn_lstm_args_t *args, int32_t cell)
{
    return args->cell_limit > 0 ? nn_min(nn_max(cell, -args->cell_limit), args->cell_limit) : cell;
}

/* Updates one cell and returns the hidden state that follows. */
static int8_t step_of(const nn_lstm_args_t *args, const int8_t *input, const int8_t *hidden, int16_t *cell,
                      int32_t state)
{
    const int32_t product_multiplier = 1 << 30, product_shift = -14; /* by a gate of Q0.15 */
    int32_t gates[NN_LSTM_GATES];
    for (int32_t g = 0; g < NN_LSTM_GATES; g++) {
        const int32_t value = gate_input(args, &args->gates[g], input, hidden, state);
        gates[g] = g == NN_LSTM_CELL_GATE ? nn_tanh_of_s16(value, GATE_MULTIPLIER, 0)
                                          : nn_logistic_of_s16(value, GATE_MULTIPLIER, 0);
    }
    const int32_t kept = to_int16(
        nn_requantize(gates[NN_LSTM_FORGET_GATE] * cell[state], product_multiplier, product_shift));
    const int32_t added = to_int16(nn_requantize(gates[NN_LSTM_INPUT_GATE] * gates[NN_LSTM_CELL_GATE],
                                                 args->update_multiplier, args->update_shift));
    cell[state] = (int16_t)limited(args, to_int16(kept + added));
    const int32_t shown = nn_tanh_of_s16(cell[state], args->tanh_multiplier, args->tanh_shift);
    const int32_t value = nn_requantize(shown * gates[NN_LSTM_OUTPUT_GATE], args->output_multiplier,
                                        args->output_shift);
    return nn_clamp_s8(nn_wrapping_add(value, args->hidden_zero_point), INT8_MIN, INT8_MAX);
}

void nn_lstm_s8(const nn_lstm_args_t *args)
{
    for (int32_t b = 0; b < args->batches; b++) {
        int8_t *hidden = args->hidden + b * args->states;
        for (int32_t t = 0; t < args->steps; t++) {
            const int32_t place = args->time_major ? t * args->batches + b : b * args->steps + t;
            for (int32_t i = 0; i < args->states; i++) {
                args->next[i] = step_of(args, args->input + place * args->inputs, hidden,
                                        args->cell + b * args->states, i);
            }
            memcpy(hidden, args->next, (size_t)args->states);
            memcpy(args->output + place * args->states, args->next, (size_t)args->states);
        }
    }
}
