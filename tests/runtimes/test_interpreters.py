"""Which interpreter runs stage int8, and what is said where one is missing or does not work.

References: the libraries called directly, on MLPerf Tiny's ResNet-8 and 1,017 images of CIFAR-10 (one thread, AVX2 PC):
ai-edge-litert's builtin kernels give the bytes of tflite-runtime 2.14.0, its reference kernels the labels of the
tflite-micro wheel.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from edgeval.errors import ModelError, ToolError, UsageError
from edgeval.runtimes import ModelSource, interpreters, open_runtime
from edgeval.runtimes.interpreters import INTERPRETERS, Interpreter, choose, load

IMAGES = 100


def outputs(stage: str, name: str | None, model: Path, images: np.ndarray) -> np.ndarray:
    if name is not None and INTERPRETERS[name].version() is None:
        pytest.skip(f"{name} is not installed")
    runtime = open_runtime(ModelSource(stage, model, 10, (32, 32, 3), interpreter=name))
    output = runtime.run(images).output_int8
    assert output is not None
    return output


@pytest.fixture(scope="module")
def images(cifar10_subset: Path) -> np.ndarray:
    with np.load(cifar10_subset) as data:
        return data["x_test"][:IMAGES]


def test_builtin_kernels_are_those_of_tflite_runtime(resnet8: Path, images: np.ndarray) -> None:
    first = outputs("int8", "tflite-runtime", resnet8, images)
    np.testing.assert_array_equal(outputs("int8", "litert-builtin", resnet8, images), first)


def test_reference_kernels_give_the_labels_of_tflite_micro(resnet8: Path, images: np.ndarray) -> None:
    first, second = (
        outputs("int8", "litert-reference", resnet8, images),
        outputs("tflm", None, resnet8, images),
    )
    np.testing.assert_array_equal(first.argmax(axis=1), second.argmax(axis=1))


def test_loading_prints_nothing(resnet8: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load(resnet8.read_bytes(), choose(None), threads=1)
    assert capfd.readouterr() == ("", "")


def test_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'litert-reference'"):
        choose("litert-refrence")


def test_missing_library_names_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interpreter, "version", lambda self: None)
    with pytest.raises(ToolError, match=r"needs ai-edge-litert: pip install 'edgeval\[runtimes\]'"):
        choose(None)
    with pytest.raises(ToolError, match=r"needs tflite-runtime: .*no wheels for Python 3\.12"):
        choose("tflite-runtime")


def test_tflite_runtime_is_taken_where_it_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Interpreter, "version", lambda self: "2.14.0" if self.distribution == "tflite-runtime" else None
    )
    assert choose(None) is INTERPRETERS["tflite-runtime"]


@pytest.mark.parametrize("error", [SystemError("error return without exception set"), ImportError("numpy")])
def test_a_library_that_does_not_work_with_this_numpy_is_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What tflite-runtime 2.14.0 raises under numpy 2: SystemError, when a model is opened."""

    def refuse(**_options: object) -> None:
        raise error

    broken = SimpleNamespace(Interpreter=refuse, OpResolverType=SimpleNamespace(BUILTIN=0))
    monkeypatch.setattr(interpreters, "import_module", lambda name: broken)
    with pytest.raises(ToolError, match=r"does not work with numpy .*--force-reinstall ai-edge-litert"):
        load(b"", INTERPRETERS["litert"], threads=1)


def test_a_refused_model_names_the_library(tmp_path: Path, resnet8: Path) -> None:
    """An operator code that no runtime has: the reader lets it pass, the interpreter does not."""
    with pytest.raises(ModelError, match=r"is refused by ai-edge-litert .*, delegate XNNPACK"):
        from edgeval.runtimes.tflite import open_interpreter

        open_interpreter(b"TFL3" * 8, "model.tflite", INTERPRETERS["litert"])
