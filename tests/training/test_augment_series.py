"""Properties that each augmentation of sound features and sensor windows has by definition."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from edgeval.training import augment_series as series  # noqa: E402

SHAPES = [(64, 20, 6), (64, 20, 8, 1)]


@pytest.fixture(params=SHAPES, ids=str)
def batch(request: pytest.FixtureRequest) -> torch.Tensor:
    return torch.randn(request.param, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def test_a_shift_moves_whole_samples_and_repeats_the_end(
    batch: torch.Tensor, generator: torch.Generator
) -> None:
    moved = series.time_shift(batch, 3, generator)
    seen = set()
    for before, after in zip(batch, moved, strict=True):
        steps = [s for s in range(-3, 4) if torch.equal(after, before[(torch.arange(20) - s).clamp(0, 19)])]
        assert len(steps) == 1
        seen.add(steps[0])
    assert seen == set(range(-3, 4))


def test_noise_is_gaussian_with_that_deviation(batch: torch.Tensor, generator: torch.Generator) -> None:
    added = series.noise(batch, 0.3, generator) - batch
    assert float(added.std()) == pytest.approx(0.3, rel=0.05)
    assert float(added.mean()) == pytest.approx(0, abs=0.02)


def test_a_gain_is_one_offset_of_the_first_feature(batch: torch.Tensor, generator: torch.Generator) -> None:
    added = series.gain(batch, 0.5, False, generator) - batch
    assert torch.equal(added[:, :, 1:], torch.zeros_like(added[:, :, 1:]))
    torch.testing.assert_close(added[:, :, 0], added[:, :1, 0].expand_as(added[:, :, 0]))
    assert float(added[:, 0, 0].std()) == pytest.approx(0.5, rel=0.4)


def test_a_gain_of_energies_is_one_offset_of_all(batch: torch.Tensor, generator: torch.Generator) -> None:
    added = (series.gain(batch, 0.5, True, generator) - batch).flatten(1)
    torch.testing.assert_close(added, added[:, :1].expand_as(added))
    assert float(added[:, 0].std()) == pytest.approx(0.5, rel=0.4)


@pytest.mark.parametrize("axis", [1, 2])
def test_a_mask_hides_one_band(batch: torch.Tensor, generator: torch.Generator, axis: int) -> None:
    masked = series.masks(batch, 4, axis, generator)
    widths = set()
    for before, after in zip(batch, masked, strict=True):
        lines = after.movedim(axis - 1, 0).flatten(1)
        hidden = (lines == 0).all(dim=1)
        places = hidden.nonzero().flatten()
        widths.add(len(places))
        assert len(places) == 0 or int(places[-1] - places[0]) + 1 == len(places)
        kept = before.movedim(axis - 1, 0).flatten(1)
        assert torch.equal(lines[~hidden], kept[~hidden])
    assert widths == {0, 1, 2, 3, 4}


def test_a_mask_is_never_longer_than_the_sample(batch: torch.Tensor, generator: torch.Generator) -> None:
    assert series.masks(batch, 1000, 1, generator).shape == batch.shape


def test_scaling_is_one_factor_a_channel(batch: torch.Tensor, generator: torch.Generator) -> None:
    factor = series.scaling(batch, 0.1, generator) / batch
    torch.testing.assert_close(factor, factor[:, :1].expand_as(factor), rtol=1e-4, atol=1e-4)
    assert float(factor[:, 0].std()) == pytest.approx(0.1, rel=0.2)


def test_rotations_keep_lengths_and_angles(generator: torch.Generator) -> None:
    matrices = series.rotations(200, 30, generator)
    identity = torch.eye(3).expand(200, 3, 3)
    torch.testing.assert_close(matrices @ matrices.mT, identity, rtol=0, atol=1e-5)
    torch.testing.assert_close(torch.linalg.det(matrices), torch.ones(200), rtol=0, atol=1e-5)
    trace = matrices.diagonal(dim1=1, dim2=2).sum(1)
    degrees = torch.rad2deg(torch.arccos(((trace - 1) / 2).clamp(-1, 1)))
    assert float(degrees.max()) <= 30.1
    assert float(degrees.max()) > 25


def test_a_rotation_turns_each_sensor_of_three_axes_alike(generator: torch.Generator) -> None:
    batch = torch.randn(8, 20, 7)
    turned = series.rotation(batch, 40, generator)
    assert torch.equal(turned[:, :, 6], batch[:, :, 6]), "a channel that is no sensor of three axes stays"
    for sensor in (slice(0, 3), slice(3, 6)):
        torch.testing.assert_close(turned[:, :, sensor].norm(dim=2), batch[:, :, sensor].norm(dim=2))
    both = torch.randn(8, 20, 3)
    pair = series.rotation(torch.cat([both, both], 2), 40, generator)
    torch.testing.assert_close(pair[:, :, :3], pair[:, :, 3:])
    assert torch.equal(series.rotation(batch[:, :, :2], 40, generator), batch[:, :, :2])


def test_the_generator_decides(batch: torch.Tensor) -> None:
    def run(seed: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        made = series.time_shift(batch, 2, generator)
        made = series.scaling(series.gain(made, 0.1, False, generator), 0.1, generator)
        return series.masks(series.noise(made, 0.1, generator), 3, 1, generator)

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))
