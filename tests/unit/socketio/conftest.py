import pytest

from tests.unit.socketio.world import World


@pytest.fixture
def world() -> World:
    return World()
