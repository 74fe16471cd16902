"""The file of settings."""

from pathlib import Path

from infra.dotenv import parse, settings


def test_it_is_read_as_shells_read_it() -> None:
    text = "\n".join(
        [
            "# comment",
            "",
            "A=1",
            " export B = two words ",
            "C='quoted # no comment'",
            'D="x"',
            "E=value # comment",
            "F=",
            "no line",
        ]
    )
    assert parse(text) == {
        "A": "1",
        "B": "two words",
        "C": "quoted # no comment",
        "D": "x",
        "E": "value",
        "F": "",
    }


def test_the_environment_wins_and_there_need_be_no_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert settings(file, {"PORT": "4000"}) == {"PORT": "4000"}
    file.write_text("PORT=5000\nDEMO_USERS=2\n")
    assert settings(file, {"PORT": "4000"}) == {"PORT": "4000", "DEMO_USERS": "2"}
