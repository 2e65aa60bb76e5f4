"""References: torch's CosineAnnealingLR and plain SGD, a loop written in the textbook way, scikit-learn's accuracy."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from edgeval.data import load_dataset  # noqa: E402
from edgeval.nets import build  # noqa: E402
from edgeval.training import augment, loop  # noqa: E402
from edgeval.training.config import Recipe  # noqa: E402

CPU = torch.device("cpu")


def test_the_learning_rate_is_torchs_cosine() -> None:
    recipe = Recipe(learning_rate=0.1, final_learning_rate=1e-5)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=1e-5)
    for step in range(50):
        assert loop.learning_rate(recipe, step, 50) == pytest.approx(
            optimizer.param_groups[0]["lr"], rel=1e-9
        )
        optimizer.step()
        schedule.step()
    assert loop.learning_rate(recipe, 50, 50) == pytest.approx(1e-5)


def test_steps_are_those_of_plain_sgd() -> None:
    """w <- w - lr v, v <- 0.9 v + g + 5e-4 w: torch's unfused SGD without Nesterov."""
    recipe = Recipe()
    torch.manual_seed(0)
    ours, theirs = build("scalecnn-2", 3), build("scalecnn-2", 3)
    theirs.load_state_dict(ours.state_dict())
    optimizer = loop.optimizer_for(ours, recipe)
    plain = torch.optim.SGD(
        theirs.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, nesterov=False, foreach=False
    )
    for _ in range(4):
        images, labels = torch.rand(8, 3, 16, 16), torch.randint(3, (8,))
        loop.train_step(ours, optimizer, images, labels, 0.05)
        plain.zero_grad()
        torch.nn.functional.cross_entropy(theirs(images), labels).backward()
        plain.step()
    for mine, reference in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-4, atol=1e-6)


def test_an_epoch_is_the_textbook_epoch(tiny_npz: Path) -> None:
    """Without augmentation: shuffle, batches (the last one smaller), mean loss and accuracy over all images."""
    dataset = load_dataset(f"npz:{tiny_npz}")
    recipe = Recipe(epochs=1, batch_size=16, crop_padding=0, flip=False, cutout=0)
    torch.manual_seed(0)
    ours, theirs = build("scalecnn-2", 3), build("scalecnn-2", 3)
    theirs.load_state_dict(ours.state_dict())
    data = loop.DeviceData.of(dataset, recipe, CPU)
    generator = torch.Generator().manual_seed(7)
    sizes: list[int] = []
    result = loop.train_epoch(
        ours, loop.optimizer_for(ours, recipe), data, recipe, 0, generator, sizes.append
    )
    assert sizes == [16, 16, 16, 16, 8]

    order = torch.randperm(72, generator=torch.Generator().manual_seed(7))
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=5, eta_min=1e-5)
    losses, hits = 0.0, 0
    for picks in order.split(16):
        images = torch.from_numpy(dataset.train.samples[picks.numpy()]).permute(0, 3, 1, 2) / 255
        labels = torch.from_numpy(dataset.train.labels)[picks]
        crops = augment.random_crops(data.train, picks, 0, torch.Generator())  # consumes the generator alike
        torch.testing.assert_close(augment.to_input(crops, data.preprocessing), images)
        logits = theirs(images)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses += loss.item() * len(picks)
        hits += int((logits.argmax(1) == labels).sum())
    assert result.train_loss == pytest.approx(losses / 72, rel=1e-3)
    assert result.train_accuracy == pytest.approx(hits / 72, abs=2 / 72)


def test_flips_happen_only_where_a_mirrored_image_keeps_its_class(tiny_npz: Path) -> None:
    from dataclasses import replace

    dataset = load_dataset(f"npz:{tiny_npz}")
    for mirrored, flip in ((True, True), (True, False), (False, True), (False, False)):
        data = loop.DeviceData.of(replace(dataset, mirrored=mirrored), Recipe(flip=flip), CPU)
        assert data.flip == (mirrored and flip)


def test_accuracy_is_scikit_learns(tiny_npz: Path) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    dataset = load_dataset(f"npz:{tiny_npz}")
    torch.manual_seed(1)
    net = build("scalecnn-2", 3)
    data = loop.DeviceData.of(dataset, Recipe(), CPU)
    with torch.inference_mode():
        logits = net.eval()(torch.from_numpy(dataset.test.samples).permute(0, 3, 1, 2) / 255)
    expected = metrics.accuracy_score(dataset.test.labels, logits.argmax(1).numpy())
    assert loop.test_accuracy(net.train(), data) == pytest.approx(expected)


def test_training_learns(tiny_npz: Path) -> None:
    """Three classes of different brightness: chance is 1/3."""
    dataset = load_dataset(f"npz:{tiny_npz}")
    recipe = Recipe(epochs=15, batch_size=16, crop_padding=1, cutout=0)
    torch.manual_seed(0)
    net = build("scalecnn-2", 3)
    data, optimizer = loop.DeviceData.of(dataset, recipe, CPU), loop.optimizer_for(net, recipe)
    for epoch in range(recipe.epochs):
        loop.train_epoch(net, optimizer, data, recipe, epoch, torch.default_generator, lambda _: None)
    assert loop.test_accuracy(net, data) > 0.8


def test_strided_convolutions_of_one_pixel_train_in_plain_layout() -> None:
    """torch 2.13.0's backward pass of them in channels_last writes outside its memory (edgeval/training/layout.py)."""
    from edgeval.training.layout import laid_out, memory_format_for

    assert memory_format_for(build("resnet8-2", 3)) == torch.contiguous_format
    for model in ("scalecnn-2", "mobilenetv2-0.10", "mobilenetv1-0.25"):
        assert memory_format_for(build(model, 3)) == torch.channels_last
    images = torch.rand(2, 8, 8, 3).permute(0, 3, 1, 2)
    assert laid_out(images, torch.channels_last).data_ptr() == images.data_ptr(), "nothing is copied"
    assert laid_out(images, torch.contiguous_format).is_contiguous()
