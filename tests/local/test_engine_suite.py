"""The engine's own tests of tables, from its source package: they pass by the short way as by its own port.

Pip downloads the package of the pinned release; a run without a registry cannot have it and skips.
"""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from local.engine import borrowed
from tests.local.conftest import make_api
from tests.processes import Run, running

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.timeout(240)]

SUITE = "test_dynamodb.py"
FIXTURES = """
import os

import boto3
import pytest


def client(service, endpoint):
    return boto3.client(
        service, endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
    )


@pytest.fixture
def ddb():
    return client("dynamodb", os.environ["MINISTACK_ENDPOINT"])


@pytest.fixture
def kin():
    return client("kinesis", os.environ["OWN_PORT"])


@pytest.fixture
def s3():
    return client("s3", os.environ["OWN_PORT"])
"""
LEFT_OUT = {
    "test_dynamodb_stream_to_lambda": "its function has a role that does not exist, and here permissions are enforced",
    "test_update_rejects_invalid_precision": "it calls without a signature",
    "test_dynamodb_list_tables_header_without_credential_contract": "it wants an engine that enforces nothing",
    "test_ddb_sse_description_shape_matches_aws": "it wants a fixture that is not in the package",
    "test_dynamodb_stream_skips_writes_that_change_nothing": "it wants a fixture that is not in the package",
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite in a folder of its own."""
    folder = tmp_path_factory.mktemp("suite")
    wanted = f"ministack=={borrowed.PINNED['ministack']}"
    got = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "ministack", wanted],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if got.returncode != 0:
        pytest.skip(f"the engine's source package cannot be had: {got.stderr[-200:]}")
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        member = next(name for name in archive.getnames() if name.endswith(f"/tests/{SUITE}"))
        content = archive.extractfile(member)
        assert content
        (folder / SUITE).write_bytes(content.read())
    (folder / "conftest.py").write_text(FIXTURES)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = auth_contract\n")
    return folder


def begin(suite: Path, engine: Run, endpoint: str) -> "subprocess.Popen[str]":
    """Begin the suite against the tables of an engine, called at `endpoint`."""
    without = [option for name in LEFT_OUT for option in ("--deselect", f"{SUITE}::{name}")]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE, *without],
        cwd=suite,
        env={**os.environ, "AUTH": "true", "OWN_PORT": engine.endpoint, "MINISTACK_ENDPOINT": endpoint},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_engines_own_tests_of_tables_pass_both_ways(suite: Path, tmp_path: Path) -> None:
    with running(tmp_path / "own", "--bare") as own, running(tmp_path / "short", "--bare") as other:
        short_way = make_api(other, "door").short_way()
        for done in (begin(suite, own, own.endpoint), begin(suite, other, short_way)):
            printed, _ = done.communicate()
            assert done.returncode == 0, printed[-4000:]
            assert " passed" in printed
