"""`python -m local` as a process: it starts, keeps data, stops, and says why it cannot."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from local import aws
from local.ports import bind, number
from tests.local.conftest import Api, make_api
from tests.processes import ROOT, Run, assert_gone, running, start

pytestmark = pytest.mark.e2e

KEY = {"pk": {"S": "1"}}


def put(run: Run, table: str = "kept") -> None:
    dynamodb = aws.client("dynamodb", run.endpoint)
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName=table, Item=KEY)


def kept(run: Run, table: str = "kept") -> bool:
    found = aws.client("dynamodb", run.endpoint).get_item(TableName=table, Key=KEY)
    return "Item" in found


def refused(environment: dict[str, str], home: Path) -> str:
    """Start what must not start, and return what it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "local", "--bare"],
        cwd=ROOT,
        env={**os.environ, "LOCAL_DIR": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 1
    return ended.stderr.strip()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_is_quick_closes_connections_and_keeps_the_data(tmp_path: Path, how: int) -> None:
    with running(tmp_path, "--bare") as run:
        put(run)
        api = make_api(run, "door")
        with api.connect() as client:
            client.send("nothing:")
            client.recv(timeout=5)
            workers = run.children()
            assert workers
            assert run.stop(how) < 3
            with pytest.raises(ConnectionClosed) as ended:
                client.recv(timeout=5)
        assert ended.value.rcvd
        assert ended.value.rcvd.code == 1001
        assert run.process.returncode == 0
        assert_gone(workers, within_s=0.5)
        assert len(api.events("DISCONNECT")) == 1
        assert not list((tmp_path / "tmp").iterdir())
    with running(tmp_path, "--bare") as run:
        assert kept(run)


def test_a_killed_run_leaves_no_worker_and_keeps_the_data(tmp_path: Path) -> None:
    with running(tmp_path, "--bare") as run:
        put(run)
        api = make_api(run, "door")
        with api.connect() as client:
            client.send("nothing:")
            client.recv(timeout=5)
            workers = run.children()
            assert workers
            run.stop(signal.SIGKILL)
            with pytest.raises(ConnectionClosed):
                client.recv(timeout=5)
        assert_gone(workers)
    with running(tmp_path, "--bare", environment={"PORT": str(free_port())}) as again:
        assert kept(again)
        with Api(again, api.id, api.seen).connect() as client:  # the API and its function are there, too
            client.send("nothing:")
            client.recv(timeout=10)


def test_a_busy_worker_of_a_killed_run_ends_too(tmp_path: Path) -> None:
    with running(tmp_path, "--bare") as run:
        api = make_api(run, "door")
        with api.connect() as client:
            client.send("sleep:9:x")
            time.sleep(1.5)
            workers = run.children()
            run.stop(signal.SIGKILL)
        assert_gone(workers, within_s=2)


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    taken = bind(0)
    port = number(taken)
    said = refused({"PORT": str(port)}, tmp_path)
    assert said == f"Port {port} is taken. Stop what listens there, or choose another: PORT={port + 1} make run"
    for bound in taken:
        bound.close()


def test_a_second_run_in_the_same_folder_is_told_in_one_line(tmp_path: Path) -> None:
    with running(tmp_path, "--bare"):
        said = refused({"PORT": "0"}, tmp_path)
    assert said.startswith(f"Another run uses {tmp_path}.")


def test_a_setting_that_is_no_number_is_told_in_one_line(tmp_path: Path) -> None:
    assert refused({"PORT": "http"}, tmp_path) == "PORT is 'http', but must be a whole number from 0 to 65535"


def test_the_engine_may_have_a_port_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "--bare", environment={"ENGINE_PORT": str(port)}) as run:
        assert port != run.port
        assert aws.client("sts", f"http://127.0.0.1:{port}").get_caller_identity()["Account"] == "000000000000"


def test_limits_of_a_connection(tmp_path: Path) -> None:
    with running(tmp_path, "--bare", environment={"IDLE_LIMIT_S": "2", "LIFETIME_S": "5"}) as run:
        api = make_api(run, "door")
        with api.connect() as warming:
            warming.send("nothing:")
            warming.recv(timeout=10)
        assert 2 <= seconds_open(api, every_s=None) < 5 <= seconds_open(api, every_s=0.2) < 10


def seconds_open(api: Api, every_s: float | None) -> float:
    """How long a connection lived, and what it took to open: never less than its limit."""
    opened = time.monotonic()
    with api.connect() as client:
        with pytest.raises(ConnectionClosed) as ended:
            stay(client, every_s)
        assert ended.value.rcvd
        assert ended.value.rcvd.code == 1001
        return time.monotonic() - opened


def stay(client: ClientConnection, every_s: float | None) -> None:
    while True:
        if every_s is not None:
            client.send("echo:x")
            client.recv(timeout=5)
            time.sleep(every_s)
        else:
            client.recv(timeout=5)


def test_two_ctrl_c_end_it_at_once(tmp_path: Path) -> None:
    run = start(tmp_path, "--bare")
    assert run.port
    run.process.send_signal(signal.SIGINT)
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(3) in {0, 130}
    run.close()


def free_port() -> int:
    sockets = bind(0)
    port = number(sockets)
    for bound in sockets:
        bound.close()
    return port
