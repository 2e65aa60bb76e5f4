#include "add_run.h"
#include "broadcast.h"

static void run(const ev_binary_args_t *args, const int8_t *a, const int8_t *b, int8_t *output)
{
    ev_add_run(args, a, b, output);
}

void ev_add_s8(const ev_binary_args_t *args)
{
    ev_broadcast(args, run);
}
