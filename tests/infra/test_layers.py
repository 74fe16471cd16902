"""What is in the layers."""

import shutil
import subprocess
from pathlib import Path

import pytest

from infra.bundling import ROOT
from serverless_socketio.cdk import bundling
from tests.infra.assembly import Assembly, text
from tools import layer_sizes

LAYERS = ("LayersDependencies", "LayersServerlessSocketio", "LayersChat", "LayersSender")
PUSHING = {"pywebpush", "http_ece", "py_vapid", "cryptography", "aiohttp", "requests"}
AARCH64 = b"\xb7\x00"  # the machine in an ELF header
UNCHECKED_HASH = b"\x01\x00\x00\x00"  # PEP 552: by hash, and not compared with the source


@pytest.fixture
def compiled(chat: Assembly) -> list[Path]:
    if not _has_python_313():
        pytest.skip("no Python 3.13 on this machine: layers go without byte code")
    return list(chat.folder.rglob("*.pyc"))


@pytest.mark.parametrize(
    ("layer", "library"),
    [("LayersDependencies", "_pydantic_core.cpython-313-aarch64-linux-gnu.so"), ("LayersSender", "_rust.abi3.so")],
)
def test_compiled_packages_are_for_lambda_on_arm(chat: Assembly, layer: str, library: str) -> None:
    libraries = list(chat.layer(layer).rglob("*.so"))
    assert library in {path.name for path in libraries}
    assert {path.suffixes[-2] for path in libraries} <= {".cpython-313-aarch64-linux-gnu", ".abi3"}
    assert {path.read_bytes()[18:20] for path in libraries} == {AARCH64}


def test_the_third_party_layer_holds_what_functions_import_and_nothing_the_runtime_brings(chat: Assembly) -> None:
    names = packages(chat, "LayersDependencies")
    assert {"pydantic", "pydantic_core", "aws_lambda_powertools", "httpx", "httpcore"} <= names
    assert not names & {
        "boto3",
        "botocore",
        "s3transfer",
        "aws_cdk",
        "ministack",
        "bin",
        "serverless_socketio_chat",
        "serverless_socketio",
    }


def test_pywebpush_and_what_it_brings_are_in_the_senders_layer_alone(chat: Assembly) -> None:
    assert packages(chat, "LayersSender") >= PUSHING
    assert not packages(chat, "LayersDependencies") & (PUSHING | packages(chat, "LayersSender"))
    functions = chat.properties("AWS::Lambda::Function")
    assert {name for name, of in functions.items() if "{LayersSender}" in map(text, of["Layers"])} == {"Sender"}


def test_the_sizes_of_layers_are_told_with_the_functions_that_have_them(
    chat: Assembly, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["layer_sizes", str(chat.folder)])
    layer_sizes.main()
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in told[:4]] == [
        "layer Dependencies",
        "layer ServerlessSocketio",
        "layer Chat",
        "layer Sender",
    ]
    others, sender = sorted(told[4:], key=lambda line: line.startswith("Sender"))
    assert sender.startswith("Sender: ")
    assert others.startswith("Connect, Emitter, Message, Polling, Presence, Push, Streamer, Sweeper: ")


def packages(chat: Assembly, layer: str) -> set[str]:
    return {path.name for path in (chat.layer(layer) / "python").iterdir()}


@pytest.mark.parametrize(
    ("layer", "package"),
    [("LayersServerlessSocketio", "serverless_socketio"), ("LayersChat", "serverless_socketio_chat")],
)
def test_our_own_layers_hold_one_package_each(chat: Assembly, layer: str, package: str) -> None:
    folder = chat.layer(layer)
    assert [path.name for path in folder.iterdir()] == ["python"]
    assert [path.name for path in (folder / "python").iterdir() if path.name != "__pycache__"] == [package]


def test_what_only_stacks_need_is_in_no_layer(chat: Assembly) -> None:
    package = chat.layer("LayersServerlessSocketio") / "python" / "serverless_socketio"
    here = ROOT / "layers" / "serverless_socketio" / "python" / "serverless_socketio"
    assert {path.name for path in here.iterdir()} - {path.name for path in package.iterdir()} <= {"cdk", "__pycache__"}
    assert not (package / "cdk").exists()


@pytest.mark.parametrize("package", [*LAYERS, "Message", "Connect", "Presence", "Push"])
def test_every_module_is_compiled_for_the_functions_python(chat: Assembly, package: str, compiled: list[Path]) -> None:
    modules = list((chat.layer(package) if package in LAYERS else chat.code(package)).rglob("*.py"))
    missing = [path for path in modules if path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc" not in compiled]
    assert modules
    assert missing == []


def test_byte_code_is_trusted_whatever_time_the_zip_gives_its_source(compiled: list[Path]) -> None:
    assert {path.read_bytes()[4:8] for path in compiled} == {UNCHECKED_HASH}


def test_no_path_of_this_machine_is_in_the_byte_code(chat: Assembly, compiled: list[Path]) -> None:
    here = str(chat.folder).encode()
    assert not [path for path in compiled if here in path.read_bytes()]


def test_a_functions_own_code_is_its_folder(chat: Assembly) -> None:
    names = {path.name for path in chat.code("Message").iterdir() if path.name != "__pycache__"}
    assert names == {path.name for path in (ROOT / "functions" / "message").glob("*.py")}


def test_an_interpreter_that_cannot_be_had_is_done_without() -> None:
    assert bundling.find_python("9.99") is None
    assert bundling.install_python("9.99") is None


def _has_python_313() -> bool:
    """Looked for in another way than the bundling does, so that it cannot simply forget to."""
    pyenv = list((Path.home() / ".pyenv" / "versions").glob("3.13.*/bin/python3.13"))
    candidates = [*map(str, pyenv), *filter(None, [shutil.which("python3.13")])]
    return any(
        subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0 for python in candidates
    )
