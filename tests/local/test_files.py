"""What a run writes and uploads: zips, outputs, keys."""

import io
import json
import stat
import time
import zipfile
from pathlib import Path

from infra.vapid import is_pair, make_pair
from local import demo, outputs, packages, vapid
from local.demo import DemoUser
from local.outputs import Running
from local.settings import read
from serverless_socketio_chat.accounts.plans import Plan


def names(archive: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


def test_the_same_files_are_the_same_zip_whenever_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("x = 1\n")
    first = packages.zip_folder(tmp_path)
    time.sleep(0.01)
    (tmp_path / "handler.py").write_text("x = 1\n")
    assert packages.zip_folder(tmp_path) == first
    (tmp_path / "handler.py").write_text("x = 2\n")
    assert packages.zip_folder(tmp_path) != first


def test_byte_code_is_not_uploaded(tmp_path: Path) -> None:
    for name in ("handler.py", "inner/module.py", "__pycache__/handler.pyc", "stray.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert names(packages.zip_folder(tmp_path)) == ["handler.py", "inner/module.py"]


def test_an_empty_layer_has_nothing_to_import() -> None:
    assert names(packages.empty_layer()) == ["python/README"]


def test_keys_are_random_private_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "keys.json"
    first = demo.users(kept, more=1)
    assert [(user.user_id, user.plan) for user in first] == [
        ("alice", "free"),
        ("bob", "pro"),
        ("carol", "enterprise"),
        ("user001", "enterprise"),
    ]
    assert len({user.api_key for user in first}) == 4
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert demo.users(kept, more=3)[:4] == first
    assert demo.users(kept, more=0) == first[:3]


class Recording:
    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def put_plan(self, plan: Plan, *, if_new: bool) -> None:
        assert if_new
        self.calls.append(("plan", plan.name))

    def put_user(self, user_id: str, plan: str) -> None:
        self.calls.append(("user", user_id, plan))

    def put_key(self, api_key: str, user_id: str) -> None:
        self.calls.append(("key", api_key, user_id))

    def put_agent(self, agent_id: str, name: str) -> None:
        self.calls.append(("agent", agent_id, name))

    def forget_issuer(self, issuer: str) -> None:
        self.calls.append(("issuer", issuer))


def test_feeding_writes_plans_users_before_their_keys_and_the_agents() -> None:
    directory = Recording()
    demo.feed(directory, [DemoUser("alice", "free", "k")])
    assert directory.calls == [
        ("plan", "free"),
        ("plan", "pro"),
        ("plan", "enterprise"),
        ("user", "alice", "free"),
        ("key", "k", "alice"),
        *(("agent", agent_id, name) for agent_id, name in demo.AGENTS.items()),
    ]


def test_a_vapid_pair_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = read({"LOCAL_DIR": str(tmp_path)})
    pair = vapid.pair(settings)
    assert pair == vapid.pair(settings)
    assert is_pair(*pair)
    assert stat.S_IMODE((tmp_path / "vapid.json").stat().st_mode) == 0o600


def test_a_pair_of_ones_own_is_used(tmp_path: Path) -> None:
    public, private = make_pair()
    settings = read({"LOCAL_DIR": str(tmp_path), "VAPID_PUBLIC_KEY": public, "VAPID_PRIVATE_KEY": private})
    assert vapid.pair(settings) == (public, private)
    assert not list(tmp_path.iterdir())


def running() -> Running:
    return Running(
        port=3000,
        engine_port=4000,
        api="abc123",
        stage="live",
        vapid_public_key="B",
        users=[DemoUser("alice", "free", "k")],
        resources=outputs.resources(
            {
                "TableConnections": "t",
                "QueueTicksDead": "q",
                "Region": "r",
                "StateMachineAnswers": "s",
                "BusChat": "b",
            }
        ),
        enable_websockets=True,
    )


def test_outputs_are_as_the_contract_has_them() -> None:
    assert running().outputs() == {
        "url": "http://localhost:3000",
        "socketPath": "/api/socketio",
        "websocketUrl": "ws://localhost:3000/_aws/execute-api/abc123/live",
        "engineUrl": "http://localhost:4000",
        "region": "us-east-1",
        "vapidPublicKey": "B",
        "users": [{"userId": "alice", "plan": "free", "apiKey": "k"}],
        "agents": [{"agentId": "echo", "name": "Echo"}, {"agentId": "companion", "name": demo.AGENTS["companion"]}],
        "resources": {
            "tables": {"connections": "t"},
            "functions": {},
            "queues": {"ticksDead": "q"},
            "stateMachines": {"answers": "s"},
            "buckets": {},
            "buses": {"chat": "b"},
        },
    }


def test_the_page_is_told_what_it_needs() -> None:
    assert set(running().page_config()) == {"socketPath", "enableWebsockets", "agents", "users", "vapidPublicKey"}


def test_outputs_are_written_whole_and_private(tmp_path: Path) -> None:
    outputs.write(tmp_path / "outputs.json", {"a": 1})
    assert outputs.read(tmp_path / "outputs.json") == json.loads('{"a": 1}')
    assert stat.S_IMODE((tmp_path / "outputs.json").stat().st_mode) == 0o600
    assert len(list(tmp_path.iterdir())) == 1
