from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.agents.model import AgentRecord

if TYPE_CHECKING:
    from tests.drivers import ChatDriver


def test_who_subscribes_to_an_agent_is_in_its_room_until_it_does_not(chat: ChatDriver) -> None:
    alice, nora = chat.connect("alice"), chat.connect_native("alice")
    room, echo = chat.function(chat.settings).room, AgentRecord("echo", "Echo", "echo")
    for client in (alice, nora):
        ack = client.emit("agent:subscribe", {"agentId": "echo"})
        assert (ack["ok"], ack["room"]) == (True, "agent:echo")
    assert {member.address for member in room.members(echo)} == {alice.address, nora.address}
    assert alice.emit("agent:unsubscribe", {"agentId": "echo"}) == {"ok": True, "room": "agent:echo"}
    assert [member.address for member in room.members(echo)] == [nora.address]
