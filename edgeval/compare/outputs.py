"""Int8 outputs that cannot be right, whatever the labels say: a quantization of the output that does not hold it."""

from __future__ import annotations

from collections.abc import Iterator

from edgeval.records import Predictions

SATURATED_SHARE = 0.05  # of the samples; a well calibrated output reaches its end in a few
STEP = 1 / 256  # of a softmax in int8: each class may be off by half of it
LARGEST = 127


def output_faults(seen: Predictions) -> Iterator[str]:
    """A sentence for each fault of a stage's int8 outputs.

    A softmax sums to 1, give or take half a step a class. Where two classes share the largest int8 value, the output's
    scale is too small for what the network says, and the first of them wins whatever it said.
    """
    ran = seen.top1 >= 0
    if seen.output_int8 is None or not ran.any():
        return
    if seen.score_kind == "probabilities":
        total, classes = float(seen.scores[ran].sum(axis=1).mean()), seen.scores.shape[1]
        if abs(total - 1) > STEP / 2 * classes + STEP:
            yield (
                f"the outputs are said to be a softmax and sum to {total:.2f}, not 1: the output's scale "
                f"{seen.output_scale:.4g} is wrong (1/256 is right), and so is every confidence; convert it again"
            )
    tied = float(((seen.output_int8[ran] == LARGEST).sum(axis=1) > 1).mean())
    if tied > SATURATED_SHARE:
        yield (
            f"in {100 * tied:.0f} % of the samples several classes have the largest int8 value {LARGEST}, so their "
            "order is lost: the output's scale is too small; calibrate on images like these"
        )
