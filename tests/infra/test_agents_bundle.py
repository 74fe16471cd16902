"""Agents of a deployment's own: what is in the streamer's layer, in no other function, and what is refused."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra import agents, bundling
from infra.config import SETTINGS, ConfigError, read
from serverless_socketio.cdk.bundling import Target, uv
from tests.infra.assembly import Assembly, text
from tools import layer_sizes

HERE = Target(platform=None, version="3.11", compiler=None)
COMPANION = agents.ROOT / agents.DEMO


def test_a_deployment_s_own_agents_are_in_the_streamer_s_layer_alone(bare: Assembly) -> None:
    functions = bare.properties("AWS::Lambda::Function")
    having = {name for name, of in functions.items() if "{LayersAgents}" in map(text, of["Layers"])}
    assert having == {"Streamer"}
    python = bare.layer("LayersAgents") / "python"
    assert [path.name for path in python.iterdir()] == ["companion"]
    here = {path.name for path in (COMPANION / "companion").glob("*.py")}
    assert {path.name for path in (python / "companion").glob("*.py")} == here


def test_what_they_allow_the_streamer_is_told_beside_what_the_deployment_allows(bare: Assembly) -> None:
    functions = bare.properties("AWS::Lambda::Function")
    told = {name: of["Environment"]["Variables"].get("AGENT_FUNCTIONS") for name, of in functions.items()}
    assert told.pop("Streamer") == "mine:answer,companion:answer"
    assert {*told.values()} == {None}


def test_a_deployment_that_names_none_has_no_such_layer_and_no_companion(chat: Assembly) -> None:
    assert "LayersAgents" not in chat.properties("AWS::Lambda::LayerVersion")
    assert not [path for path in chat.layer("LayersChat").rglob("*") if "companion" in path.name]


def test_its_size_is_told_with_the_streamer_s(bare: Assembly) -> None:
    told = layer_sizes.lines(bare.template["Resources"], bare.folder)
    assert [line.partition(":")[0] for line in told if "Agents" in line] == ["layer Agents"]
    assert [line for line in told if line.startswith("Streamer: ")]


Fill = Callable[[Path], None]


@pytest.fixture
def bundled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[set[str], str]]:
    """Bundles sources: the names that Python finds then, and the package's fingerprint."""

    def package(folder: Path, target: Target, fill: Fill, *, fingerprint: str) -> Any:
        return SimpleNamespace(fill=fill, fingerprint=fingerprint)

    monkeypatch.setattr(bundling, "package", package)

    def bundle(*sources: Path) -> tuple[set[str], str]:
        made: Any = bundling.agents(sources, HERE)
        made.fill(tmp_path / "out")
        names = {path.name for path in (tmp_path / "out" / "python").iterdir()}
        return names, made.fingerprint

    (tmp_path / "out").mkdir()
    return bundle


def test_folders_and_wheels_lie_side_by_side(bundled: Callable[..., tuple[set[str], str]], tmp_path: Path) -> None:
    plain, project = tmp_path / "plain", tmp_path / "project"
    (project / "src").mkdir(parents=True)
    plain.mkdir()
    (plain / "greet.py").write_text("")
    (project / "src" / "bow.py").write_text("")
    (project / "pyproject.toml").write_text("[project]\nname = 'bow'\nversion = '1'\n")
    names, before = bundled(plain, project, wheel_of(COMPANION, tmp_path))
    assert names == {"greet.py", "bow.py", "companion", "serverless_socketio_companion-0.1.0.dist-info"}
    (plain / "greet.py").write_text("1")
    _, after = bundled(plain, project, wheel_of(COMPANION, tmp_path))
    assert before != after


def wheel_of(project: Path, folder: Path) -> Path:
    subprocess.run([uv(), "build", "--quiet", "--wheel", "--out-dir", str(folder / "dist"), str(project)], check=True)
    (made,) = (folder / "dist").glob("*.whl")
    return made


@pytest.mark.parametrize("name", ["nowhere", "README.md", "examples/companion,nowhere"])
def test_what_is_neither_a_folder_nor_a_wheel_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="folders and wheels"):
        read({"agents": name}.get, {})


def test_functions_are_allowed_by_the_declaration_of_their_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "a"\n[project.entry-points."serverless_socketio.agents"]\nx = "a:x"\ny = "a.b:y"\n'
    )
    assert agents.functions([tmp_path]) == ("a:x", "a.b:y")
    assert agents.functions([tmp_path / "nothing"]) == ()
    assert SETTINGS["agents"].default == ()
