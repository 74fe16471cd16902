"""The example apps name what they need exactly, and what the package itself asks for."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OURS = "@serverless-socketio/react"
PACKAGE = json.loads((ROOT / "web" / "package.json").read_text("utf-8"))
TARBALL = f"file:../serverless-socketio-react-{PACKAGE['version']}.tgz"
AS_WRITTEN = "698ef6bf46276473774c655785d142cbd5771508423c1d7d7acdbd1dcc939dd0"  # of its blocks
APPS = sorted(path.parent for path in (ROOT / "examples").glob("*/package.json"))


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_an_app_takes_the_package_as_it_is_packed_and_names_releases_exactly(app: Path) -> None:
    manifest = read(app / "package.json")
    wanted = {**manifest["dependencies"], **manifest["devDependencies"]}
    assert wanted.pop(OURS) == TARBALL
    assert not {name: said for name, said in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", said)}


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_an_app_s_lock_file_has_what_the_package_asks_for_and_no_sum_of_a_tarball_that_is_packed_anew(
    app: Path,
) -> None:
    locked = read(app / "package-lock.json")["packages"][f"node_modules/{OURS}"]
    assert locked["resolved"] == TARBALL
    assert "integrity" not in locked, "`npm ci` would refuse every other tarball: take the line out"
    for kind in ("version", "dependencies", "peerDependencies"):
        assert locked[kind] == PACKAGE[kind], f"web/package.json has other {kind}: `npm install` in {app.name}"


def test_the_readmes_name_the_tarball() -> None:
    page = (ROOT / "examples" / "html" / "README.md").read_text("utf-8")
    assert TARBALL.removeprefix("file:") in page
    assert f"react@{PACKAGE['version']}/" in page


def test_the_usage_examples_of_the_document_stand_in_the_app_unchanged() -> None:
    folder = ROOT / "examples" / "seed"
    document = (folder / "document.md").read_text("utf-8")
    blocks = re.findall(r"```(?:tsx|typescript)\n(.+?)\n```", document, re.DOTALL)
    assert sha256("\n\n".join(blocks).encode()).hexdigest() == AS_WRITTEN
    files = [path.read_text("utf-8") for path in (folder / "src" / "usage").iterdir()]
    assert len(files) == len(blocks)
    assert all(any(block in text for text in files) for block in blocks)
