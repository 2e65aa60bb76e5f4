"""Engine tflm where TensorFlow Lite Micro is absent, incomplete or of the wrong kind.

Reference: TFLM's tensorflow/lite/micro/cortex_m_generic/README.md for what has to be built and where it then lies;
the Arm compiler's own build attributes for what fits.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgeval import targets
from edgeval.devices.build import tflm as tflm_build
from edgeval.devices.build.host import firmware_sources
from edgeval.errors import ToolError, UsageError

HARD_FLOAT = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")


def edgeval(*arguments: str | Path, cache: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "EDGEVAL_TFLM_ROOT"}
    return subprocess.run(
        [sys.executable, "-m", "edgeval", *map(str, arguments)],
        env={**environment, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
    )


def library(path: Path, *flags: str, compiler: str = "arm-none-eabi-gcc") -> Path:
    """A library of one object, at TFLM's place for its own."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} not installed")
    path.parent.mkdir(parents=True)
    source, built = path.with_suffix(".c"), path.with_suffix(".o")
    source.write_text("float twice(float x) { return 2 * x; }\n")
    subprocess.run([compiler, *flags, "-c", str(source), "-o", str(built)], check=True)
    subprocess.run(["ar", "qc", str(path), str(built)], check=True)
    return path


def place(root: Path, build: str) -> Path:
    return root / "gen" / build / "lib" / "libtensorflow-microlite.a"


@pytest.mark.parametrize("command", ["profile", "fit", "compare"])
def test_asking_for_firmware_that_was_not_built(command: str, tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(b"never read")
    subject = ["--model", model, "--dataset", "glyphs100"] if command == "compare" else [model]
    result = edgeval(command, *subject, "--target", "stm32f746", "--engine", "tflm", cache=tmp_path)
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    for part in (
        str(tmp_path / "edgeval" / "firmware" / "stm32f746-tflm.elf"),
        "edgeval firmware build --target stm32f746 --engine tflm --tflm-root",
        "tensorflow/lite/micro/cortex_m_generic/README.md",
        "TARGET=cortex_m_generic TARGET_ARCH=cortex-m4+fp OPTIMIZED_KERNEL_DIR=cmsis_nn",
    ):
        assert part in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--engine", "tfml"], "unknown engine 'tfml'; did you mean 'tflm'?"),
        (["--engine", "tflm"], "name its folder with --tflm-root or EDGEVAL_TFLM_ROOT"),
        (["--engine", "tflm", "--tflm-root", "/nowhere"], "/nowhere is no built tflite-micro"),
    ],
)
def test_a_build_without_tflm(arguments: list[str], expected: str, tmp_path: Path) -> None:
    result = edgeval("firmware", "build", *arguments, cache=tmp_path)
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    assert expected in result.stderr


def test_an_unknown_engine_has_no_firmware() -> None:
    with pytest.raises(UsageError, match="did you mean 'builtin'"):
        targets.load("stm32f407").elf_path("built-in")


def test_what_is_missing_below_a_root_is_named(tmp_path: Path) -> None:
    for part in (tflm_build.HEADER, tflm_build.DOWNLOADED):
        with pytest.raises(ToolError, match=f"{part.name} is missing; there run: make -f tensorflow"):
            tflm_build.definitions(tmp_path, None)
        (tmp_path / part).parent.mkdir(parents=True)
        (tmp_path / part).touch()
    with pytest.raises(ToolError, match=r"gen has no libtensorflow-microlite\.a; there run: make"):
        tflm_build.definitions(tmp_path, None)
    with pytest.raises(ToolError, match=r"lib\.a cannot be read: No such file"):
        tflm_build.definitions(tmp_path, tmp_path / "lib.a")


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (HARD_FLOAT, ""),
        (("-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"), ""),
        (("-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"), "double precision"),
        (("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft"), "soft-float calls"),
        (("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=softfp", "-mfpu=fpv4-sp-d16"), "soft-float calls"),
        (("-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"), "another core"),
        (("-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"), "another core"),
    ],
)
def test_the_compilers_attributes_decide(flags: tuple[str, ...], problem: str, tmp_path: Path) -> None:
    seen = tflm_build.misfit(library(tmp_path / "lib" / "any.a", *flags))
    assert problem in seen and bool(problem) == bool(seen)


def test_a_library_for_this_pc_and_a_file_that_is_none(tmp_path: Path) -> None:
    assert "not for Arm" in tflm_build.misfit(library(tmp_path / "lib" / "any.a", compiler="cc"))
    for content in (b"", b"no archive", b"!<arch>\n", b"!<arch>\nshort", b"!<arch>\n" + b"x" * 60):
        (tmp_path / "any.a").write_bytes(content)
        assert tflm_build.misfit(tmp_path / "any.a") == "is no library of ELF objects"


def test_the_build_that_fits_is_found(tmp_path: Path) -> None:
    """Names as TFLM's makefile gives them: target_arch_buildtype[_kernels]_toolchain."""
    library(place(tmp_path, "linux_x86_64_default_gcc"), compiler="cc")
    soft = library(
        place(tmp_path, "cortex_m_generic_cortex-m4_default_cmsis_nn_gcc"), "-mcpu=cortex-m4", "-mthumb"
    )
    assert tflm_build.misfit(soft)
    reference = library(place(tmp_path, "cortex_m_generic_cortex-m4+fp_default_gcc"), *HARD_FLOAT)
    assert tflm_build.find_library(tmp_path) == reference
    fast = library(place(tmp_path, "cortex_m_generic_cortex-m4+fp_default_cmsis_nn_gcc"), *HARD_FLOAT)
    assert tflm_build.find_library(tmp_path) == fast
    library(place(tmp_path, "cortex_m_generic_cortex-m4+fp_release_cmsis_nn_gcc"), *HARD_FLOAT)
    with pytest.raises(UsageError, match=r"default_cmsis_nn.*release_cmsis_nn.*--tflm-library"):
        tflm_build.find_library(tmp_path)


def test_cmake_names_a_wrong_root(tmp_path: Path) -> None:
    """CMake alone, as a user without the presets calls it."""
    if shutil.which("cmake") is None or shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("cmake or arm-none-eabi-gcc not installed")
    sources = firmware_sources()
    command = [
        "cmake",
        "-S",
        str(sources),
        "-B",
        str(tmp_path),
        "-G",
        "Ninja",
        "-DEV_BOARD=stm32f4_discovery",
    ]
    command += [f"-DCMAKE_TOOLCHAIN_FILE={sources / 'cmake' / 'arm-none-eabi.cmake'}"]
    for definitions in (["-DEV_ENGINE=tflm"], ["-DEV_ENGINE=tflm", "-DEDGEVAL_TFLM_ROOT=/nowhere"]):
        result = subprocess.run([*command, *definitions], capture_output=True, text=True)
        assert result.returncode == 1
        text = " ".join(result.stderr.split())
        assert "EDGEVAL_TFLM_ROOT is no built tflite-micro" in text and "docs/TFLM.md" in text
