#include "board.h"
#include "session.h"

/* The engine is chosen at link time: -DEV_ENGINE=ev_engine_builtin or ev_engine_tflm. */
extern const ev_engine_t EV_ENGINE;

static ev_session_t session;

static void serve(void)
{
    for (;;) {
        ev_session_poll(&session);
    }
}

/* Runs inside the fault exception, on its own stack. */
void ev_on_fault(const ev_fault_t *fault)
{
    ev_session_fault(&session, fault);
    serve();
}

int main(void)
{
    ev_session_init(&session, board_init(), &EV_ENGINE);
    serve();
}
