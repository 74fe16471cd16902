"""The other way to answer, by the function's own response: clients notice no difference."""

import pytest

from tests.e2e.answers import CHUNK, at, fail, hear, history, join, say, succeed, words
from tests.e2e.conftest import stack_in, world_of
from tests.e2e.raw import raw_client

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_acks_and_refusals_come_as_responses(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        stack_in(tmp_path_factory.mktemp("response"), {"ANSWER_IN_RESPONSE": "true"}) as stack,
        world_of(stack) as world,
    ):
        refused = world.open("bob", auth={"token": "no"}).wait_for("connect_error")
        assert refused.body["data"] == {"code": "unauthorized"}
        device = world.connect("bob")
        join(device)
        device.emit("chat:leave", {"agentId": "echo"})  # answered by nothing: no empty frame may come
        ack = say(device, words(60))
        device.wait_for(CHUNK, at(3))
        assert fail(device, "chat:message", {"agentId": "echo"})["code"] == "invalid"
        assert succeed(device, "chat:resume", {"agentId": "echo", "messageId": ack["replyId"], "index": 0})["text"]
        hear(device, ack["replyId"]).check(words(60))
        assert history(device)[-1]["message"] == words(60)
        with raw_client(stack, "bob") as raw:
            assert raw.refused("42[]")["code"] == "invalid"
            assert raw.is_alive()
            assert not raw.others
