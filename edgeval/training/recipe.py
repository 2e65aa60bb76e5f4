"""How a network is trained: the settings, what each family starts from, and how they are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from edgeval.errors import UsageError, unknown


@dataclass(frozen=True)
class Recipe:
    """SGD with a cosine schedule and three augmentations of images; the defaults are the paper's.

    After `warmup_epochs`, in which it rises linearly, the learning rate falls from `learning_rate` to
    `final_learning_rate` over all steps. `flip` takes effect only on datasets whose mirrored images keep their class.
    The test accuracy goes into the history every `evaluate_every` epochs and after the last. `threads` are torch's
    threads of one run: they are part of the recipe because the order of sums, and so the weights' last bits, depends on
    them. With `ema_decay` the published weights are a moving average over steps (of fewer at the start).

    Images: crop_padding, flip, cutout. Sound and sensors: time_shift_steps, noise_std. Sound: gain_std, mask_steps,
    mask_features. Sensors: scaling_std, rotation_degrees. Standard deviations are in units of the preprocessed sample.
    """

    epochs: int = 200
    batch_size: int = 128
    learning_rate: float = 0.1
    final_learning_rate: float = 1e-5
    momentum: float = 0.9  # of adamw: beta 1
    weight_decay: float = 5e-4
    crop_padding: int = 4  # pixels
    flip: bool = True
    cutout: int = 8  # pixels, side of the square; 0 for none
    evaluate_every: int = 5  # epochs
    threads: int = 1
    optimizer: str = "sgd"
    warmup_epochs: int = 0
    label_smoothing: float = 0.0
    mixup: float = 0.0  # alpha of the Beta distribution of the shares of two samples; 0 for none
    ema_decay: float = 0.0  # a step; 0 for none
    time_shift_steps: int = 0  # at most, to either side
    noise_std: float = 0.0
    gain_std: float = 0.0
    mask_steps: int = 0  # at most, one mask a sample
    mask_features: int = 0
    scaling_std: float = 0.0  # of the factor of each channel
    rotation_degrees: float = 0.0  # at most, of each three channels


OPTIMIZERS = ("sgd", "adamw")
AT_LEAST = {"epochs": 1, "batch_size": 2, "evaluate_every": 1, "threads": 1}  # the others: at least 0
BELOW_ONE = ("label_smoothing", "ema_decay")

_ADAMW = {"optimizer": "adamw", "learning_rate": 2e-3, "weight_decay": 0.01, "warmup_epochs": 2}
_MOBILE = {"learning_rate": 0.05, "weight_decay": 4e-5, "warmup_epochs": 5, "label_smoothing": 0.1}
_SOUND = {"time_shift_steps": 4, "noise_std": 0.1, "gain_std": 0.1, "mask_steps": 6, "mask_features": 2}
_SENSORS = {"time_shift_steps": 8, "noise_std": 0.05, "scaling_std": 0.1}
# What differs from the paper's recipe; families that are not named train with that, networks of one's own with OWN.
OWN: Mapping[str, Any] = _ADAMW
FAMILY_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "mobilenetv1": _MOBILE,
    "mobilenetv3min": _MOBILE | {"ema_decay": 0.999},
    "efficientnetlite0": _MOBILE | {"ema_decay": 0.999},
    "mcunet": _MOBILE,
    "dscnn": _ADAMW | _SOUND,
    "tcresnet8": _ADAMW | _SOUND,
    "cnn1d": _ADAMW | _SENSORS,
    "mlp": _ADAMW | {"mixup": 0.2},
}


def recipe_of(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Recipe:
    """The paper's recipe, changed by a family's defaults and then by checked settings."""
    return replace(Recipe(), **(dict(defaults) | dict(given)))


def checked_settings(table: Any, where: str) -> dict[str, Any]:
    """The settings of a [recipe]; UsageError for an unknown key and for a value of the wrong type or range."""
    if not isinstance(table, Mapping):
        raise UsageError(f"{where}: recipe is {table!r}, expected a table")
    default = asdict(Recipe())
    for key, value in table.items():
        if key not in default:
            raise unknown("recipe key", key, default, where)
        _check_value(key, value, type(default[key]), where)
    return {key: float(value) if isinstance(default[key], float) else value for key, value in table.items()}


def _check_value(key: str, value: Any, kind: type, where: str) -> None:
    allowed = (int, float) if kind is float else (kind,)
    if type(value) not in allowed:
        raise UsageError(f"{where}: recipe.{key} is {value!r}, expected {kind.__name__}")
    if kind is str:
        if value not in OPTIMIZERS:
            raise unknown(f"recipe.{key}", value, OPTIMIZERS, where)
        return
    least = AT_LEAST.get(key, 0)
    if not least <= value < float("inf"):
        raise UsageError(f"{where}: recipe.{key} is {value}, expected a number of at least {least}")
    if key in BELOW_ONE and value >= 1:
        raise UsageError(f"{where}: recipe.{key} is {value}, expected a number below 1")
