"""The sections of analysis.json about the number of parameters: power laws, spectra, ranks (docs/ANALYSIS.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.fields import Count, Fraction, Interval, Limits, Some

AnyStage = Annotated[str, Limits(minLength=1)]  # a stage, or "table"


class SlopeTest(TypedDict):
    """A two-sided t test: statistic, degrees of freedom, p."""

    t: float
    freedom: float
    p: Fraction


class SeedFit(TypedDict):
    seed: Count
    alpha: float
    r2: float | None


class H1(TypedDict):
    """Whether the paper's hypothesis of a power law holds; None where it cannot be judged, with the reasons."""

    supported: bool | None
    r2: float | None
    curvature: SlopeTest | None  # None for too few sizes
    decades: float  # orders of magnitude between the smallest and the largest size
    reasons: Sequence[str]


_Sizes = TypedDict("_Sizes", {"from": str, "to": str})  # ids of models


class LocalStep(_Sizes):
    """The exponent between two neighbouring sizes; spread and interval over the seeds, None for one seed."""

    alpha: float
    std: float | None
    ci95: Interval | None
    gain_points: float  # of accuracy


class Rise(TypedDict):
    """Two neighbouring local exponents of three sizes, the second larger; `beyond_seeds` is None for one seed."""

    models: Sequence[str]
    alpha: Sequence[float]
    rise: float
    std: float | None
    ci95: Interval | None
    beyond_seeds: bool | None


class Monotonic(TypedDict):
    """Whether the local exponents fall with every size."""

    decreasing: bool
    rises: list[Rise]
    sentence: str


_SaturatedFrom = TypedDict("_SaturatedFrom", {"from": str | None})


class Saturation(_SaturatedFrom):
    """From which size on every local exponent is below `limit_alpha`; None where growing still pays."""

    saturated: bool
    limit_alpha: float
    warning: str | None


class LawFit(TypedDict):
    """One law fitted to the mean errors; `..._behind` is the distance to the best, None where AICc is not defined."""

    law: str
    parameters: dict[str, float]
    fitted_error: Sequence[float]
    aicc: float | None
    aicc_behind: float | None
    weight: Fraction | None  # Akaike weight
    bic: float
    bic_behind: float
    at_limit: bool  # the fit ended at a bound of its parameters


class LawChoice(TypedDict):
    """Which law the data favour, and how firmly."""

    sizes: Some
    candidates: list[LawFit]
    best_aicc: str | None
    best_bic: str | None
    not_distinguishable: Sequence[str]
    not_judged: Sequence[str]
    decided: bool
    sentence: str


class _OverSeeds(TypedDict, total=False):
    """Documents of older versions lack it."""

    alpha_ci95_seeds: Interval | None


class Scaling(_OverSeeds):
    """The power law error = exp(intercept) * N^-alpha of a family at a stage, over the seeds that all sizes have.

    `alpha` is the mean over the seeds, `mean_alpha` and `intercept` are of the mean error. `models` of a table are
    sizes within the family. `seeds` is empty for a table without seeds.
    """

    family: str
    stage: AnyStage
    models: Annotated[Sequence[str], Limits(minItems=2)]
    params: Sequence[Some]
    error: Sequence[Fraction]
    seeds: Sequence[int]
    left_out: Sequence[str]
    alpha: float
    alpha_std: float | None
    alpha_ci95: Interval | None
    alpha_ci95_source: Annotated[str, Limits(enum=["seeds", "residuals"])] | None
    alpha_ci95_residuals: Interval | None
    r2: float | None
    r2_range_over_seeds: Interval | None
    intercept: float
    mean_alpha: float
    per_seed: list[SeedFit]
    residuals: Sequence[float]  # of the logarithm
    h1: H1
    local_alpha: Sequence[float]
    local: list[LocalStep]
    monotonic: Monotonic
    saturation: Saturation
    laws: LawChoice


class FamilyTest(TypedDict):
    """Whether two families have the same exponent; None is a test that the seeds or sizes do not allow."""

    stage: AnyStage
    families: Annotated[Sequence[str], Limits(minItems=2, maxItems=2)]
    difference: float
    ratio: float | None
    over_seeds_welch: SlopeTest | None
    over_seeds_pooled: SlopeTest | None
    over_residuals: SlopeTest | None


class ImpliedGamma(TypedDict):
    """gamma = alpha / (beta - 1); None where beta does not exceed 1."""

    family: str
    stage: AnyStage
    alpha: float
    gamma: float | None


class Spectrum(TypedDict):
    """Decay lambda_k ~ k^-beta of the eigenvalues `first` to `last` of the training images."""

    images: Some
    beta: float
    standard_error: float
    r2: float
    first: Some
    last: Some
    gamma_implied: list[ImpliedGamma]


class RankGrowth(TypedDict):
    """Stable rank of one layer over the sizes of a family, rank ~ N^gamma; None where there is no line."""

    family: str
    layer: str
    models: Sequence[str]
    params: Sequence[Some]
    features: Sequence[Some]
    stable_rank: Sequence[float]
    stable_rank_std: Sequence[float | None]
    stable_rank_raw: Sequence[float]  # without centring
    gamma: float | None
    gamma_ci95: Interval | None
    r2: float | None
    gamma_of_width: float | None


class Theory(TypedDict):
    """gamma as measured in the penultimate layer beside what the theory implies; None is what is not known."""

    family: str
    gamma_measured: float
    gamma_ci95: Interval | None
    gamma_implied: float | None
    alpha_predicted: float | None
    alpha: float | None
    agrees: bool | None


class ActivationRank(TypedDict):
    images: Count
    layers: list[RankGrowth]
    theory: list[Theory]
