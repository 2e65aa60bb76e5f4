"""Networks of one's own. References: SHA-256 of hashlib, and the entry points that Python's packaging documents."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from edgeval.errors import ModelError, StoreError, UsageError
from edgeval.nets import Code, build, parse
from edgeval.nets.own import code_of, installed, named, open_code, source_files

torch = pytest.importorskip("torch")

from edgeval.nets.cost import cost  # noqa: E402

NET = """
from torch import nn
def build(size, classes, input_shape):
    height, width, channels = input_shape
    return nn.Sequential(nn.Flatten(), nn.Linear(height * width * channels, size), nn.Linear(size, classes))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "my.py").write_text(NET)
    return tmp_path


def test_a_file_is_opened_hashed_and_built(folder: Path) -> None:
    code = open_code("my.py:build")
    assert code.sha256 == hashlib.sha256((folder / "my.py").read_bytes()).hexdigest()
    assert code.record() == {"name": "my", "build": "my.py:build", "sha256": code.sha256}
    net = build("my-7", 3, (4, 4, 1), code)
    assert net(torch.zeros(2, 1, 4, 4)).shape == (2, 3)
    assert cost("my-7", 3, (4, 4, 1), code).params == 16 * 7 + 7 + 7 * 3 + 3
    assert cost("my-7", 3, (4, 4, 1), code).macs == 16 * 7 + 7 * 3


def test_the_random_state_is_left_alone(folder: Path) -> None:
    before = torch.get_rng_state()
    cost("my-7", 3, (4, 4, 1), open_code("my.py:build"))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("typed", "spelled"), [("my-8", "8"), ("my-0.25", "0.25"), ("my-1024", "1024"), ("my-12.5", "12.5")]
)
def test_a_size_is_any_number_above_zero(folder: Path, typed: str, spelled: str) -> None:
    net = parse(typed, open_code("my.py:build"))
    assert (str(net), net.size) == (typed, spelled)


@pytest.mark.parametrize(
    "typed", ["my-0", "my-08", "my-1.0", "my-0.50", "my--1", "my-x", "other-1", "my", "my-1e3"]
)
def test_a_size_has_one_spelling(folder: Path, typed: str) -> None:
    with pytest.raises(UsageError, match=f"unknown network '{typed}'"):
        parse(typed, open_code("my.py:build"))


def test_modules_beside_the_file_belong_to_its_hash(folder: Path) -> None:
    (folder / "my.py").write_text("import os\nfrom parts import width\nimport torch\n" + NET)
    (folder / "parts.py").write_text("import more.deep\nwidth = 3\n")
    (folder / "more").mkdir()
    (folder / "more" / "__init__.py").write_text("")
    (folder / "more" / "deep.py").write_text("")
    (folder / "unused.py").write_text("")
    found = {str(path.relative_to(folder)) for path in source_files(folder / "my.py")}
    assert found == {"my.py", "parts.py", "more/__init__.py", "more/deep.py"}
    before = open_code("my.py:build").sha256
    (folder / "parts.py").write_text("width = 4\n")
    assert open_code("my.py:build").sha256 != before


BROKEN = {
    "def build(size, classes, input_shape):\n    return 1 / 0": r"failed at my.py:2: ZeroDivisionError: division",
    "def build(size):\n    return None": "failed.*TypeError",
    "def build(*_):\n    return 'net'": "returned str, expected a torch.nn.Module",
    "import nowhere_to_be_found": "cannot be imported at my.py:1: ModuleNotFoundError",
    "build = 3": "has no function 'build'",
    "from torch import nn\ndef build(*_): return nn.Conv2d(1, 2, 9)": "fed one sample.*failed: RuntimeError",
    "from torch import nn\ndef build(*_): return nn.Flatten()": r"yields \(1, 16\), the 3 classes need \(1, 3\)",
    "from torch import nn\nclass T(nn.Module):\n  def forward(self, x): return x, x\ndef build(*_): return T()": (
        "returns tuple"
    ),
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_wrong_with_the_code_is_one_line(folder: Path, text: str) -> None:
    (folder / "my.py").write_text(text)
    with pytest.raises(ModelError, match=BROKEN[text]) as caught:
        cost("my-2", 3, (4, 4, 1), open_code("my.py:build"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("absent.py:build", "absent.py does not exist here"),
        ("my.py:", "names no function"),
        ("resnet9", "is no network of edgeval and no FILE.py:function"),
        ("2nd=my.py:build", "network name '2nd'.*begins model ids"),
    ],
)
def test_a_name_that_leads_nowhere_is_told(folder: Path, typed: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        named(typed)


def test_code_that_does_not_parse_is_told(folder: Path) -> None:
    (folder / "my.py").write_text("def build(:\n")
    with pytest.raises(UsageError, match=r"my.py cannot be read as Python"):
        open_code("my.py:build")


def test_a_run_knows_its_code_wherever_the_file_moved(folder: Path, tmp_path: Path) -> None:
    code = open_code("my.py:build")
    home = tmp_path / "elsewhere"
    home.mkdir()
    (home / "my.py").write_text(NET)
    (folder / "my.py").write_text(NET + "# another one\n")
    found = code_of(code.record(), [home])
    assert found is not None and found.file == str((home / "my.py").resolve())
    assert code_of(None, []) is None


def test_code_that_is_gone_or_changed_is_refused_when_it_is_needed(folder: Path) -> None:
    record = open_code("my.py:build").record()
    (folder / "my.py").write_text(NET + "\n")
    with pytest.raises(StoreError, match=r"my.py was changed since my was trained.*train again"):
        build("my-2", 3, (4, 4, 1), code_of(record, []))
    (folder / "my.py").unlink()
    with pytest.raises(StoreError, match=r"my.py is gone; put it back"):
        build("my-2", 3, (4, 4, 1), code_of(record, []))


def test_two_modules_of_one_name_are_refused(folder: Path) -> None:
    """Otherwise the second network would be built with the first one's module."""
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "net.py").write_text(f"import helper_{'x'}\n{NET}# {name}\n")
        (folder / name / "helper_x.py").write_text(f"name = '{name}'\n")
    build("a-2", 3, (4, 4, 1), named("a=a/net.py:build"))
    with pytest.raises(ModelError, match=r"module helper_x is .*give one of them another name"):
        build("b-2", 3, (4, 4, 1), named("b=b/net.py:build"))


@pytest.fixture
def package(folder: Path) -> Path:
    """An installed distribution that announces a network, as pip leaves it."""
    site = folder / "site"
    (site / "gestures").mkdir(parents=True)
    (site / "gestures" / "__init__.py").write_text(NET)
    info = site / "gestures_nets-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gestures-nets\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[edgeval.networks]\nwave = gestures:build\n")
    sys.path.insert(0, str(site))
    return site


def test_a_package_announces_a_network(package: Path) -> None:
    assert "wave" in installed()
    code = open_code("wave")
    assert (code.name, code.build, code.package) == ("wave", "gestures:build", "gestures-nets 1.2")
    assert build("wave-5", 3, (4, 4, 1), code)(torch.zeros(1, 1, 4, 4)).shape == (1, 3)
    kept = code_of(code.record(), [])
    assert kept == code
    (package / "gestures" / "__init__.py").write_text(NET + "\n")
    with pytest.raises(StoreError, match=r"gestures-nets 1\.2 was changed"):
        build("wave-5", 3, (4, 4, 1), kept)
    (package / "gestures_nets-1.2.dist-info" / "entry_points.txt").write_text("")
    with pytest.raises(StoreError, match=r"built by gestures-nets 1\.2, which is not installed"):
        build("wave-5", 3, (4, 4, 1), Code("wave", "gestures:build", code.sha256, code.package))
