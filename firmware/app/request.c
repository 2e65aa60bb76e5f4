#include "request.h"

void request_reply(request_t *request, const uint32_t *words, uint32_t count)
{
    request->reply_bytes = (uint32_t)(frame_put_words(request->reply, words, count) - request->reply);
}

ev_status_t request_fail(request_t *request, ev_status_t status, const ev_error_t *error)
{
    const uint32_t words[] = {(uint32_t)error->op_index, (uint32_t)error->op_code, (uint32_t)error->detail};
    request_reply(request, words, 3);
    return status;
}
