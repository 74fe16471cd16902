"""What an agent's folder asks for is bundled with it, pinned to the lock file, less what all functions have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra import bundling
from serverless_socketio.cdk.bundling import Target

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HERE = Target(platform=None, version="3.11", compiler=None)


def test_a_folder_that_needs_the_openai_sdk_has_it_beside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bundling, "package", lambda folder, target, fill, *, fingerprint: (fill, fingerprint))
    source = bundling.ROOT / "docs" / "examples" / "agents" / "with_openai"
    made: Any = bundling.agents([source], HERE)
    fill, fingerprint = made
    fill(tmp_path)
    names = {path.name for path in (tmp_path / "python").iterdir()}
    assert {"with_openai.py", "openai", "jiter"} <= names
    assert not names & {"pydantic", "pydantic_core", "httpx", "typing_extensions.py", "pyproject.toml", "bin"}
    assert fingerprint == bundling.agents([source], HERE)[1]  # type: ignore[index]
