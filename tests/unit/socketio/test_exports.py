"""The public list, and what importing the library costs."""

import re
import subprocess
import sys
from importlib import resources
from typing import Any, get_type_hints

import pytest

import serverless_socketio
from serverless_socketio import aws, memory, model, ports
from serverless_socketio.sid import SID_RANDOM_CHARS
from serverless_socketio.system import RandomIds, SystemClock


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after a statement."""
    script = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_public_list_is_sorted_and_whole() -> None:
    for package in (serverless_socketio, aws):
        assert list(package.__all__) == sorted(package._HOMES)


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package in (serverless_socketio, aws) for name in package.__all__]
)
def test_each_public_name_loads_from_its_home(package: Any, name: str) -> None:
    public = getattr(package, name)
    assert public.__name__ == name
    assert public.__module__ == f"{package.__name__}.{package._HOMES[name]}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Client'"):
        _ = serverless_socketio.Client
    with pytest.raises(AttributeError, match="no attribute 'Client'"):
        _ = aws.Client


def test_the_package_is_typed() -> None:
    assert resources.files(serverless_socketio).joinpath("py.typed").is_file()


def test_a_cold_import_loads_nothing_but_itself() -> None:
    mine = {name for name in loaded_by("import serverless_socketio") if name.startswith("serverless_socketio")}
    assert mine == {"serverless_socketio"}


def test_a_server_with_its_adaptors_loads_neither_boto3_nor_pydantic() -> None:
    imports = (f"from {each.__name__} import {', '.join(each.__all__)}" for each in (serverless_socketio, aws, memory))
    packages = {name.partition(".")[0] for name in loaded_by("; ".join(imports))}
    third_party = packages - set(sys.stdlib_module_names) - loaded_by("pass")
    assert third_party == {"serverless_socketio", "orjson"}  # the latter where it is installed


def test_the_machines_own_clock_and_names_fit_their_ports() -> None:
    clock: ports.Clock = SystemClock()
    ids: ports.Ids = RandomIds()
    assert max(ids.ack_id() for _ in range(1_000)) < 2**31  # clients in C++ and Java read them into an int
    before = clock.now_ms(), clock.monotonic()
    clock.sleep(-1)
    clock.sleep(0.002)
    assert clock.now_ms() > before[0]
    assert clock.monotonic() > before[1]
    assert re.fullmatch(rf"[\w-]{{{SID_RANDOM_CHARS}}}", ids.secret(), re.ASCII)
    assert ids.secret() != ids.secret()
    assert 0 <= ids.ack_id() < 2**53


def test_the_records_can_be_read_by_those_who_read_types() -> None:
    assert get_type_hints(model.Member)["sid"] is str


def test_places_sort_by_time_and_then_by_ack_id() -> None:
    in_order = [model.frame_order(1), model.frame_order(1, 0), model.frame_order(1, 2**53 - 1), model.frame_order(2)]
    assert in_order == sorted(in_order)
    assert in_order[2] < in_order[3]
