"""The folder of a run: its owner's alone, whatever an older release left."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.home import keep_private, locked


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    paths = [folder, *folder.rglob("*")]
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in paths if not path.is_symlink()
    }


def test_what_is_made_from_now_on_is_private(tmp_path: Path) -> None:
    keep_private()
    with locked(tmp_path / "home"):
        (tmp_path / "home" / "state").mkdir()
        (tmp_path / "home" / "state" / "sqs.json").touch()
    assert modes(tmp_path / "home") == {
        ".": 0o700,
        "lock": 0o600,
        "tmp": 0o700,
        "state": 0o700,
        "state/sqs.json": 0o600,
    }


def test_what_was_there_is_mended(tmp_path: Path) -> None:
    (tmp_path / "state" / "s3").mkdir(parents=True, mode=0o755)
    (tmp_path / "state" / "s3" / "object").touch(mode=0o644)
    (tmp_path / "tool").touch(mode=0o755)
    tmp_path.chmod(0o755)
    keep_private(tmp_path, tmp_path / "nothing")
    assert modes(tmp_path) == {".": 0o700, "state": 0o700, "state/s3": 0o700, "state/s3/object": 0o600, "tool": 0o700}


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (outside / "file").touch(mode=0o644)
    home = tmp_path / "home"
    home.mkdir()
    (home / "link").symlink_to(outside)
    (home / "file").symlink_to(outside / "file")
    keep_private(home)
    assert modes(outside) == {".": 0o755, "file": 0o644}
