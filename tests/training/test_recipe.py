"""Recipes. References: torch's own schedulers and optimizers, and the formulas that the papers give."""

from __future__ import annotations

import copy
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from edgeval.errors import UsageError  # noqa: E402
from edgeval.nets import FAMILIES  # noqa: E402
from edgeval.training import loop  # noqa: E402
from edgeval.training.average import Average  # noqa: E402
from edgeval.training.config import Recipe, load_grid, override  # noqa: E402
from edgeval.training.grid_toml import toml_text  # noqa: E402
from edgeval.training.recipe import FAMILY_DEFAULTS, recipe_of  # noqa: E402

BASE = {"dataset": "cifar10", "seeds": [0]}


def grid(folder: Path, **table: object):
    (folder / "mine.toml").write_text(toml_text(BASE | table))
    return load_grid(str(folder / "mine.toml"))


def test_the_papers_networks_have_the_papers_recipe(tmp_path: Path) -> None:
    config = grid(tmp_path, models=["scalecnn-4", "mobilenetv2-0.35"])
    assert {config.recipe_of(model) for model in config.models} == {Recipe()}


def test_each_family_has_its_defaults_and_settings_go_over_them(tmp_path: Path) -> None:
    config = grid(
        tmp_path,
        models=["scalecnn-4", "dscnn-16", "cnn1d-8"],
        recipe={"epochs": 7},
        recipes={"cnn1d": {"learning_rate": 0.5}},
    )
    assert config.recipe_of("scalecnn-4") == Recipe(epochs=7)
    assert config.recipe_of("dscnn-16") == recipe_of(FAMILY_DEFAULTS["dscnn"], {"epochs": 7})
    assert config.recipe_of("cnn1d-8").learning_rate == 0.5
    assert config.recipe_of("cnn1d-8").optimizer == "adamw"
    changed = override(config, epochs=9)
    assert {recipe.epochs for recipe in changed.recipes.values()} == {9}


def test_the_defaults_are_of_families_and_settings_that_exist() -> None:
    assert set(FAMILY_DEFAULTS) <= set(FAMILIES)
    assert all(set(defaults) <= set(asdict(Recipe())) for defaults in FAMILY_DEFAULTS.values())


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"recipe": {"optimizer": "adam"}}, "unknown recipe.optimizer 'adam'.*did you mean 'adamw'"),
        ({"recipe": {"label_smoothing": 1.0}}, "label_smoothing is 1.0, expected a number below 1"),
        ({"recipe": {"ema_decay": 1}}, "ema_decay is 1, expected a number below 1"),
        ({"recipes": {"dscn": {"epochs": 3}}}, "unknown family 'dscn'.*did you mean 'dscnn'"),
        ({"recipes": {"dscnn": {"epoch": 3}}}, r"unknown recipe key 'epoch'.*\[recipes.dscnn\]"),
        ({"recipes": 3}, "recipes is 3, expected tables"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, table: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        grid(tmp_path, models=["dscnn-16"], **table)


@pytest.mark.parametrize(("epochs", "warmup"), [(10, 2), (8, 1), (20, 5)])
def test_the_schedule_is_torchs(epochs: int, warmup: int) -> None:
    recipe = Recipe(epochs=epochs, warmup_epochs=warmup, learning_rate=0.3, final_learning_rate=1e-4)
    steps, warm = 7 * epochs, 7 * warmup
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    rise = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / warm, 1.0, warm - 1)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps - warm, 1e-4)
    schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, fall], [warm])
    for step in range(steps):
        assert loop.learning_rate(recipe, step, steps) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()


def test_a_warm_up_longer_than_the_training_ends_with_the_full_rate() -> None:
    rates = [loop.learning_rate(Recipe(epochs=1, warmup_epochs=9), step, 4) for step in range(4)]
    assert rates == pytest.approx([0.1 / 3, 0.2 / 3, 0.1, 0.1])


def test_adamw_is_torchs() -> None:
    torch.manual_seed(0)
    ours = torch.nn.Linear(4, 3)
    theirs = copy.deepcopy(ours)
    recipe = Recipe(optimizer="adamw", learning_rate=0.01, weight_decay=0.1)
    optimizer = loop.optimizer_for(ours, recipe)
    reference = torch.optim.AdamW(theirs.parameters(), 0.01, betas=(0.9, 0.999), weight_decay=0.1)
    for _ in range(3):
        batch, labels = torch.randn(8, 4), torch.arange(8) % 3
        loop.train_step(ours, optimizer, batch, labels, 0.01, smoothing=0.1)
        loss = torch.nn.CrossEntropyLoss(label_smoothing=0.1)(theirs(batch), labels)
        reference.zero_grad()
        loss.backward()
        reference.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other)


def test_mixup_is_the_papers_formula() -> None:
    """Zhang et al. 2018: x = share x_i + (1 - share) x_j, and the loss is mixed alike."""
    generator = torch.Generator().manual_seed(0)
    samples, labels = torch.randn(16, 3, 4, 4), torch.arange(16)
    mixed, mixture = loop.mixed(samples, labels, 0.4, generator)
    share = float(mixture.share)
    assert 0.5 <= share <= 1
    torch.testing.assert_close(mixed, share * samples + (1 - share) * samples[mixture.labels])
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 16))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
    logits, loss = loop.train_step(net, optimizer, mixed, labels, 0.0, mixture=mixture)
    cross = torch.nn.functional.cross_entropy
    expected = share * cross(logits, labels) + (1 - share) * cross(logits, mixture.labels)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_shares_of_mixup_are_beta() -> None:
    from scipy import stats

    generator = torch.Generator().manual_seed(1)
    seen = [
        float(loop.mixed(torch.zeros(2, 1), torch.zeros(2).long(), 0.4, generator)[1].share)
        for _ in range(400)
    ]
    folded = lambda x: 2 * (stats.beta(0.4, 0.4).cdf(x) - 0.5)  # noqa: E731
    assert (
        stats.kstest(np.array(seen), lambda x: np.array([folded(v) for v in np.atleast_1d(x)])).pvalue > 0.001
    )


def test_the_average_is_tensorflows() -> None:
    """ExponentialMovingAverage(decay, num_updates): decay = min(decay, (1 + n) / (10 + n)); batch norm included."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    average = Average(net, 0.95)
    expected = {name: value.clone() for name, value in net.state_dict().items()}
    for step in range(30):
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(torch.randn_like(parameter))
            net(torch.randn(8, 3))
        average.update(net)
        decay = min(0.95, (1 + step) / (10 + step))
        for name, value in net.state_dict().items():
            floating = value.is_floating_point()
            expected[name] = decay * expected[name] + (1 - decay) * value if floating else value.clone()
    for name, value in average.net.state_dict().items():
        torch.testing.assert_close(value, expected[name])
    again = Average(net, 0.95)
    again.load_state_dict(average.state_dict())
    assert again.state_dict()["steps"] == 30
