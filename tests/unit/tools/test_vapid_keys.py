"""Keys that sign web pushes: made once, in `.env`."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from infra import dotenv, vapid
from tools.vapid_keys import write

SUBJECT = "mailto:ops@chat.dev"


def say(answer: str) -> Callable[[str], str]:
    return lambda _: answer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_a_pair_is_made_for_its_owner_alone(file: Path) -> None:
    assert "new VAPID pair" in write(file, {}, say(SUBJECT))
    kept = dotenv.parse(file.read_text())
    assert vapid.is_pair(kept["VAPID_PUBLIC_KEY"], kept["VAPID_PRIVATE_KEY"])
    assert kept["VAPID_SUBJECT"] == SUBJECT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [".env"]


@pytest.mark.parametrize("public", ["VAPID_PUBLIC_KEY", "NEXT_PUBLIC_VAPID_PUBLIC_KEY"])
def test_a_pair_that_is_there_stays(file: Path, public: str) -> None:
    file.write_text(f"{public}=a\nVAPID_PRIVATE_KEY=b\n")
    assert "nothing was changed" in write(file, {}, say(""))
    assert file.read_text() == f"{public}=a\nVAPID_PRIVATE_KEY=b\n"


@pytest.mark.parametrize("line", ["VAPID_PUBLIC_KEY=a\n", "VAPID_PRIVATE_KEY=b\n"])
def test_half_a_pair_is_told(file: Path, line: str) -> None:
    file.write_text(line)
    with pytest.raises(ValueError, match="half a pair"):
        write(file, {}, say(SUBJECT))
    assert file.read_text() == line


def test_other_lines_stay_as_they_are(file: Path) -> None:
    text = "# mine\nexport PORT=4000\nVAPID_PUBLIC_KEY=\nDEMO_USERS=3"
    file.write_text(text)
    write(file, {}, say(""))
    assert file.read_text().startswith(f"{text}\nVAPID_PUBLIC_KEY=B")
    assert dotenv.parse(file.read_text())["DEMO_USERS"] == "3"


def test_a_subject_is_asked_for_only_where_nobody_has_said_it(file: Path, tmp_path: Path) -> None:
    file.write_text(f"VAPID_SUBJECT={SUBJECT}\n")
    write(file, {}, say("mailto:somebody@else.dev"))
    assert dotenv.parse(file.read_text())["VAPID_SUBJECT"] == SUBJECT
    other = tmp_path / "other"
    write(other, {"VAPID_SUBJECT": "https://chat.dev"}, say("mailto:somebody@else.dev"))
    assert dotenv.parse(other.read_text())["VAPID_SUBJECT"] == "https://chat.dev"


def test_without_a_subject_the_pair_is_made_and_what_is_missing_said(file: Path) -> None:
    assert "Add VAPID_SUBJECT=" in write(file, {}, say(""))
    assert "VAPID_SUBJECT" not in dotenv.parse(file.read_text())


def test_a_subject_that_will_not_do_is_told_before_anything_is_written(file: Path) -> None:
    with pytest.raises(ValueError, match="VAPID_SUBJECT is 'me'"):
        write(file, {}, say("me"))
    assert not file.exists()


def test_a_file_that_is_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("PORT=1\n")
    file.symlink_to(tmp_path / "elsewhere")
    write(file, {}, say(SUBJECT))
    assert file.is_symlink()
    assert "VAPID_PRIVATE_KEY" in (tmp_path / "elsewhere").read_text()
