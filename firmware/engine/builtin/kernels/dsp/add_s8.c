/* ADD of two tensors of one shape in about 16 instructions per element; other forms as in plain C.
 *
 * The input with the larger scale is multiplied by exactly one half, so with the headroom it is shifted left by 19
 * bits. The other input's product is rounded. */
#include "kernels/add_run.h"
#include "kernels/broadcast.h"
#include "simd.h"

enum { HALF = 1 << 30, LARGEST_SHIFT = 22 };

typedef struct {
    int32_t exact_scale;   /* doubled, as nn_requantize_fast would do to the sum */
    int32_t rounded_scale; /* doubled too */
    int32_t rounded_start; /* its zero point */
    int32_t multiplier, right, half;
    int32_t sum_start; /* the exact input's zero point */
} fast_t;

/* True where the fast form applies; `exact` and `rounded` are then set to the inputs. */
static bool find_fast(const nn_binary_args_t *args, const int8_t **exact, const int8_t **rounded, fast_t *fast)
{
    bool a_exact = args->multiplier_a == HALF && args->shift_a == 0;
    bool b_exact = args->multiplier_b == HALF && args->shift_b == 0;
    bool fits = args->sign == 1 && (a_exact || b_exact) && args->loops.stride_a[0] == 1 &&
                args->loops.stride_b[0] == 1 && nn_is_full_range(&args->range) && args->shift <= -1 &&
                args->shift >= -LARGEST_SHIFT;
    int32_t zero_exact = a_exact ? args->zero_point_a : args->zero_point_b;
    int32_t zero_rounded = a_exact ? args->zero_point_b : args->zero_point_a;
    int32_t shift = a_exact ? args->shift_b : args->shift_a;
    *exact = a_exact ? args->a : args->b;
    *rounded = a_exact ? args->b : args->a;
    fast->multiplier = a_exact ? args->multiplier_b : args->multiplier_a;
    fast->right = shift == 0 ? 1 : -shift; /* shift 0 means one half again; twice that is shifted back */
    fast->half = 1 << (fast->right - 1);
    fast->exact_scale = 1 << NN_ADD_HEADROOM_BITS;
    fast->sum_start = -zero_exact * fast->exact_scale;
    fast->rounded_scale = 1 << (NN_ADD_HEADROOM_BITS + (shift == 0 ? 2 : 1));
    fast->rounded_start = -zero_rounded * fast->rounded_scale;
    return fits && (shift != 0 || fast->multiplier == HALF);
}

static int32_t high_product(int32_t a, int32_t b)
{
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
}

static void run_fast(const nn_binary_args_t *args, const fast_t *fast, const int8_t *exact, const int8_t *rounded)
{
    const fast_t f = *fast;
    const int32_t multiplier = args->multiplier, right = -args->shift;
    const int32_t offset = nn_fast_offset(args->range.zero_point, right);
    int8_t *output = args->output;
    for (int32_t left = args->loops.count[0]; left > 0; left--) {
        int32_t high = high_product(*rounded++ * f.rounded_scale + f.rounded_start, f.multiplier);
        int32_t scaled = (high + (high >> 31) + f.half) >> f.right;
        int32_t doubled = *exact++ * f.exact_scale + (f.sum_start + 2 * scaled);
        int32_t value = high_product(doubled, multiplier);
        *output++ = (int8_t)nn_saturate_s8((value + (value >> 31) + offset) >> right);
    }
}

static void run(const nn_binary_args_t *args, const int8_t *a, const int8_t *b, int8_t *output)
{
    nn_add_run(args, a, b, output);
}

static bool is_one_row(const nn_broadcast_t *loops)
{
    bool one = true;
    for (int32_t axis = 1; axis < 6; axis++) {
        one = one && loops->count[axis] == 1;
    }
    return one;
}

void nn_add_s8(const nn_binary_args_t *args)
{
    const int8_t *exact, *rounded;
    fast_t fast;
    if (is_one_row(&args->loops) && find_fast(args, &exact, &rounded, &fast)) {
        run_fast(args, &fast, exact, rounded);
    } else {
        nn_broadcast(args, run);
    }
}
