#include "app/session.h"
#include "boards/board.h"

/* The engine is chosen at link time: -DEV_ENGINE=ev_engine_builtin or ev_engine_tflm. */
extern const ev_engine_t EV_ENGINE;

static session_t session;

static void serve(void)
{
    for (;;) {
        session_poll(&session);
    }
}

/* Runs inside the fault exception, on its own stack. */
void ev_on_fault(const ev_fault_t *fault)
{
    session_fault(&session, fault);
    serve();
}

int main(void)
{
    session_init(&session, board_init(), &EV_ENGINE);
    serve();
}
