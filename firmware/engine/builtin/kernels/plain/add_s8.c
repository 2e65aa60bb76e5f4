#include "kernels/add_run.h"
#include "kernels/broadcast.h"

static void run(const nn_binary_args_t *args, const int8_t *a, const int8_t *b, int8_t *output)
{
    nn_add_run(args, a, b, output);
}

void nn_add_s8(const nn_binary_args_t *args)
{
    nn_broadcast(args, run);
}
