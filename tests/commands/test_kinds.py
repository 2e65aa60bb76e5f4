"""`compare` on data that are no images. References: the tflite-micro wheel on inputs that numpy quantized, and
what ../shared/data/README.md says of MLPerf Tiny's keyword network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval.api.comparison import Comparison, compare
from edgeval.devices.tflm import open_tflm
from edgeval.errors import DataError
from tests.tiny_features import SCALE, ZERO_POINT, features, write_dense, write_features

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
SHAPES = [(12, 5, 1), (16, 6), (20,)]


def outputs(made: Comparison, stage: str) -> np.ndarray:
    seen = made.cases[0].seeds[0][stage].output_int8
    assert seen is not None
    return seen


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_features_of_any_shape_go_down_the_whole_chain(shape: tuple[int, ...], tmp_path: Path) -> None:
    model, (samples, labels) = write_dense(tmp_path / "m.tflite", shape), features(shape)
    spec = write_features(tmp_path / "d.npz", samples, labels)
    made = compare(model=model, dataset=spec, target="stm32f407", out=tmp_path / "report", jobs=1)
    quantized = np.clip(
        np.floor(np.abs(samples / np.float32(SCALE)) + 0.5) * np.sign(samples) + ZERO_POINT, -128, 127
    )
    wheel = open_tflm(model.read_bytes(), str(model))
    expected = []
    for row in quantized.astype(np.int8):
        wheel.set_input(row[np.newaxis], 0)
        wheel.invoke()
        expected.append(wheel.get_output(0).reshape(-1))
    for stage in ("int8", "tflm", "host", "emulated"):
        np.testing.assert_array_equal(outputs(made, stage), np.array(expected), err_msg=stage)
    assert made.document["dataset"]["kind"] == "features"
    made.save()
    assert "value as it is" in (tmp_path / "report" / "report.html").read_text()


def test_quantized_samples_give_the_bytes_of_the_features_they_are_made_of(tmp_path: Path) -> None:
    shape = (12, 5, 1)
    model, (samples, labels) = write_dense(tmp_path / "m.tflite", shape), features(shape)
    quantized = np.clip(np.rint(samples / SCALE) + ZERO_POINT, -128, 127).astype(np.int8)
    real = ((quantized.astype(np.float32) - ZERO_POINT) * SCALE).astype(np.float32)
    made = [
        compare(
            model=model,
            dataset=write_features(tmp_path / f"{name}.npz", data, labels),
            target="stm32f407",
            out=tmp_path / name,
            jobs=1,
        )
        for name, data in (("quantized", quantized), ("real", real))
    ]
    for stage in ("int8", "tflm", "host", "emulated"):
        np.testing.assert_array_equal(outputs(made[0], stage), outputs(made[1], stage))
    assert [one.document["dataset"]["kind"] for one in made] == ["quantized", "features"]


def test_numbers_for_each_channel_are_applied_and_recorded(tmp_path: Path) -> None:
    shape, mean, std = (16, 6), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (0.5,)
    model, (samples, labels) = write_dense(tmp_path / "m.tflite", shape), features(shape)
    shifted = (samples * np.float32(0.5) + np.array(mean, np.float32)).astype(np.float32)
    plain = compare(
        model=model, dataset=write_features(tmp_path / "a.npz", (shifted - np.array(mean)) / 0.5, labels),
        stages="host", out=tmp_path / "a", jobs=1,
    )  # fmt: skip
    asked = compare(
        model=model, dataset=write_features(tmp_path / "b.npz", shifted, labels), mean=mean, std=std,
        stages="host", out=tmp_path / "b", jobs=1,
    )  # fmt: skip
    np.testing.assert_array_equal(outputs(plain, "host"), outputs(asked, "host"))
    (origin,) = asked.document["models"][0]["provenance"]
    assert origin["preprocessing"] == {"mean": list(mean), "std": 0.5, "kind": "features"}


def test_other_types_and_shapes_are_refused_in_one_line(tmp_path: Path) -> None:
    model = write_dense(tmp_path / "m.tflite", (12, 5, 1))
    cases = {
        "takes features of 12 x 5 x 1, d has 60; both have 60 values: store the samples as 12 x 5 x 1": (60,),
        "takes features of 12 x 5 x 1, d has 7 x 5 x 1; give the data set with the samples": (7, 5, 1),
    }
    for message, shape in cases.items():
        spec = write_features(tmp_path / "d.npz", *features(shape))
        with pytest.raises(DataError, match=message):
            compare(model=model, dataset=spec, stages="host", out=tmp_path / "r", jobs=1)
    samples, labels = features((12, 5, 1))
    spec = write_features(tmp_path / "d.npz", (samples * 20).astype(np.int16), labels)
    with pytest.raises(DataError, match="the samples are int16, already quantized; the model takes int8"):
        compare(model=model, dataset=spec, stages="host", out=tmp_path / "r", jobs=1)


def test_features_of_another_scale_are_refused_and_cut_ones_are_told(tmp_path: Path) -> None:
    model, (samples, labels) = write_dense(tmp_path / "m.tflite", (16, 6)), features((16, 6))
    for factor in (1000, 0.001):
        spec = write_features(tmp_path / "d.npz", samples * np.float32(factor), labels)
        with pytest.raises(
            DataError, match=r"the input of .*m\.tflite from -6\.25 to 6\.5: they have another scale"
        ):
            compare(model=model, dataset=spec, stages="host", out=tmp_path / "r", jobs=1)
    spec = write_features(tmp_path / "d.npz", samples * 4, labels)
    made = compare(model=model, dataset=spec, stages="host", out=tmp_path / "r", jobs=1)
    share = 100 * float(np.mean((samples * 4 < -6.275) | (samples * 4 > 6.525)))
    assert any(f"{share:.1f} % of the input values lie beyond" in text for text in made.document["warnings"])


@pytest.mark.slow
def test_mlperf_tinys_keyword_network_on_its_own_data(tmp_path: Path) -> None:
    model, data = SHARED / "mlperf-tiny-kws-dscnn-int8.tflite", SHARED / "kws-mfcc.npz"
    if not (model.exists() and data.exists()):
        pytest.skip("../shared/data is absent: the real features and models are not part of the repository")
    made = compare(
        model=model, dataset=f"npz:{data}", target="stm32l4r5", device_samples=5, out=tmp_path,
        int8_runtime="litert-builtin", jobs=2,
    )  # fmt: skip
    seen = made.cases[0].seeds[0]
    for stage in ("int8", "tflm", "host"):
        assert int((~seen[stage].errors).sum()) == 912, stage
    np.testing.assert_array_equal(outputs(made, "host"), outputs(made, "tflm"))
    np.testing.assert_array_equal(outputs(made, "emulated"), outputs(made, "host")[seen["emulated"].ids])
    assert len(seen["emulated"].ids) == 5
