"""The sizes and accuracies of the paper (Alnemari et al. 2026)."""

from __future__ import annotations

import numpy as np

# Table 2 (parameters, accuracy in %); c=64 from sections 5.1 and 1, its parameters counted.
SCALECNN = np.array(
    [(21_936, 41.71), (80_348, 56.73), (175_336, 62.91), (306_900, 66.49), (679_756, 70.05), (1_198_916, 71.81),
     (2_676_148, 73.82), (4_738_596, 75.32)]
)  # fmt: skip
MOBILENETV2 = np.array(
    [(214_180, 51.91), (262_596, 55.99), (366_212, 57.17), (524_228, 60.52), (815_780, 63.21), (1_483_524, 65.92),
     (2_351_972, 67.00), (5_129_252, 69.34), (8_953_188, 70.01), (19_803_748, 70.15)]
)  # fmt: skip


def table(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(parameters, error as a fraction) of the rows of one family."""
    return rows[:, 0], 1 - rows[:, 1] / 100
