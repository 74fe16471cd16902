"""`make verify-live`: one list with the page, users who are taken away again, and what is said of an answer."""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from infra import config
from tools.doctor.client import Refused
from tools.doctor.place import PlaceError
from tools.findings import Unchecked
from tools.verify_live import report
from tools.verify_live.by_hand import BY_HAND
from tools.verify_live.deployment import read
from tools.verify_live.items import Item, NotAsked, Refuted, Scene
from tools.verify_live.probes import PROBES
from tools.verify_live.visitors import Admin, AdminError, Visitor, visiting
from tools.verify_live.walk import Outcome, Verdict, ask, walk

ROOT = Path(__file__).parents[3]
LINE = re.compile(r"^- \[[ x]\] (?:`([a-z0-9-]+)`: )?", re.MULTILINE)
SWITCH = re.compile(r"-c ([a-z_]+)=")
NO_SCENE = cast("Scene", None)  # for probes that look at nothing


# The page


def page_ids() -> list[str]:
    """The id of each line of the checklist, "" where one has none."""
    return LINE.findall((ROOT / "docs" / "live-checklist.md").read_text(encoding="utf-8"))


def test_each_line_of_the_checklist_has_an_id_and_each_id_a_probe_or_a_way_to_look() -> None:
    ids = page_ids()
    assert len(ids) == len(set(ids))
    assert "" not in ids
    probes, by_hand = [probe.id for probe in PROBES], list(BY_HAND)
    assert [each for each in ids if each not in by_hand] == probes
    assert [each for each in ids if each not in probes] == by_hand


@pytest.mark.parametrize("item", PROBES, ids=lambda item: item.id)
def test_a_switch_is_a_key_of_the_context_and_what_is_to_be_done_names_real_ones(item: Item) -> None:
    keys = config.defaults().keys()
    assert not item.switch or item.switch in keys
    assert set(SWITCH.findall(item.mend)) <= keys
    assert item.mend


def test_a_person_who_looks_is_given_real_settings() -> None:
    assert set(SWITCH.findall(" ".join(BY_HAND.values()))) <= config.defaults().keys()


# Users


class FakeAdmin:
    """`chat-admin` over a set of users. `broken`: the first word or two of a command that fails."""

    def __init__(self, *, agents: tuple[str, ...] = ("echo",), broken: str = "") -> None:
        self.users: set[str] = set()
        self._agents = agents
        self._broken = broken

    def __call__(self, *words: str) -> Any:
        if self._broken and " ".join(words).startswith(self._broken):
            if words[:2] == ("users", "create"):
                self.users.add(words[2])  # it was made, and then the answer was lost
            raise AdminError("chat-admin: the table does not answer")
        if words[:2] == ("agents", "list"):
            return [{"agentId": agent} for agent in self._agents]
        if words[:2] == ("users", "create"):
            self.users.add(words[2])
        if words[:2] == ("users", "revoke"):
            if words[2] not in self.users:
                raise AdminError(f"chat-admin: User {words[2]} does not exist. `chat-admin users list` shows all users")
            self.users.remove(words[2])
        return {"apiKey": f"chat_{words[-1]}"}


def test_visitors_have_names_of_their_own_and_are_gone_afterwards() -> None:
    admin = FakeAdmin()
    with visiting(admin, 3) as visitors:
        assert {visitor.user_id for visitor in visitors} == admin.users
        assert all(visitor.user_id.startswith("verify-") for visitor in visitors)
        assert len(admin.users) == 3
    assert not admin.users


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_visitors_are_gone_however_it_ends(error: type[BaseException]) -> None:
    admin = FakeAdmin()
    with pytest.raises(error), visiting(admin, 2):
        raise error
    assert not admin.users


@pytest.mark.parametrize("broken", ["users create", "keys create"])
def test_visitors_who_were_half_made_are_gone_too(broken: str) -> None:
    admin = FakeAdmin(broken=broken)
    with pytest.raises(AdminError), visiting(admin, 2):
        raise AssertionError("nobody could be made")
    assert not admin.users


def test_a_visitor_whose_making_is_under_way_when_another_fails_is_gone_too() -> None:
    admin, failed = FakeAdmin(), threading.Event()

    def one_fails_one_is_late(*words: str) -> Any:
        if words[:2] == ("users", "create"):
            if not admin.users:
                admin.users.add("verify-first")
                failed.set()
                raise AdminError("chat-admin: the table does not answer")
            failed.wait()
            time.sleep(0.2)  # until the other has failed
        return admin(*words)

    with pytest.raises(AdminError), visiting(one_fails_one_is_late, 2):
        raise AssertionError("one of them could not be made")
    assert admin.users == {"verify-first"}


def test_a_visitor_who_cannot_be_deleted_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with visiting(FakeAdmin(broken="users revoke"), 1) as (visitor,):
        pass
    assert f"`chat-admin users revoke {visitor.user_id}` tries again" in capsys.readouterr().err


def test_without_the_agent_nobody_is_made() -> None:
    admin = FakeAdmin(agents=("mira",))
    with pytest.raises(AdminError, match=r"the agent echo.*chat-admin agents create echo"), visiting(admin, 1):
        raise AssertionError("there is nobody to talk to")
    assert not admin.users


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(Visitor("verify-1", "secret"))


def test_a_command_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(AdminError, match=r"none\.json does not exist"):
        Admin(tmp_path / "none.json")("users", "list")


# Deployments


OUTPUTS = {
    "Chat": {
        "Region": "eu-central-1",
        "WebSocketUrl": "wss://abc.execute-api.eu-central-1.amazonaws.com/live",
        "CallbackUrl": "https://abc.execute-api.eu-central-1.amazonaws.com/live",
        "TableConnections": "Chat-connections",
        "TableConversations": "Chat-conversations",
        "FunctionMessage": "Chat-message",
        "QueuePushDead": "Chat-dead",
        "StateMachineAnswers": "arn:aws:states:eu-central-1:1:stateMachine:Chat-answers",
    }
}
SITE = {
    "SiteUrl": "https://d1.cloudfront.net",
    "SiteConfig": json.dumps({"socketPath": "/api/socketio", "vapidPublicKey": "BPublic"}),
    "BucketSite": "chat-site",
}


def written(folder: Path, outputs: Mapping[str, Any]) -> Path:
    file = folder / "outputs.json"
    file.write_text(json.dumps(outputs))
    return file


@pytest.mark.parametrize("stacks", [{"Chat": OUTPUTS["Chat"] | SITE}, OUTPUTS | {"Page": SITE}], ids=["one", "two"])
def test_what_a_deployment_printed_becomes_what_the_suite_takes(tmp_path: Path, stacks: Mapping[str, Any]) -> None:
    deployment = read(written(tmp_path, stacks), None)
    user = Visitor("verify-1", "chat_1").as_output()
    assert deployment.as_the_suite_takes_it([user]) == {
        "url": "https://d1.cloudfront.net",
        "socketPath": "/api/socketio",
        "websocketUrl": "wss://abc.execute-api.eu-central-1.amazonaws.com/live",
        "region": "eu-central-1",
        "vapidPublicKey": "BPublic",
        "users": [{"userId": "verify-1", "plan": "enterprise", "apiKey": "chat_1"}],
        "agents": [{"agentId": "echo", "name": "Echo"}],
        "resources": {
            "tables": {"connections": "Chat-connections", "conversations": "Chat-conversations"},
            "functions": {"message": "Chat-message"},
            "queues": {"pushDead": "Chat-dead"},
            "stateMachines": {"answers": "arn:aws:states:eu-central-1:1:stateMachine:Chat-answers"},
            "buckets": {"site": "chat-site"},
            "buses": {},
        },
    }
    assert deployment.callback_url == OUTPUTS["Chat"]["CallbackUrl"]


def test_without_a_page_the_suite_goes_to_the_api_itself(tmp_path: Path) -> None:
    taken = read(written(tmp_path, OUTPUTS), None).as_the_suite_takes_it([])
    assert (taken["url"], taken["socketPath"]) == ("https://abc.execute-api.eu-central-1.amazonaws.com", "/live")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="is neither of `make run` nor of `make deploy`"):
        read(written(tmp_path, {"Other": {}}), None)


# Verdicts


def item(answer: str | BaseException, **more: Any) -> Item:
    def probe(_scene: Scene) -> str:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return Item(id=more.pop("id", "something"), probe=probe, mend="`-c chunk_delay_ms=200` helps", **more)


DENIED = ClientError({"Error": {"Code": "ForbiddenException", "Message": "no"}}, "PostToConnection")


@pytest.mark.parametrize(
    ("answer", "outcome", "says"),
    [
        ("it is so", Outcome.CONFIRMED, "it is so"),
        (Refuted("it is not"), Outcome.REFUTED, "it is not"),
        (NotAsked("too far"), Outcome.NOT_ASKED, "too far"),
        (Unchecked("these credentials may not"), Outcome.NOT_ASKED, "these credentials may not"),
        (Refused(403), Outcome.REFUTED, "the probe broke off: status 403"),
        (TimeoutError(), Outcome.REFUTED, "the probe broke off: TimeoutError"),
        (AdminError("no table"), Outcome.REFUTED, "the probe broke off: no table"),
        (DENIED, Outcome.REFUTED, "the probe broke off: An error occurred (ForbiddenException)"),
    ],
)
def test_an_answer_becomes_a_verdict(answer: str | BaseException, outcome: Outcome, says: str) -> None:
    verdict = ask(item(answer), NO_SCENE)
    assert verdict.outcome is outcome
    assert verdict.says.startswith(says)


def test_a_defect_of_a_probe_is_no_verdict() -> None:
    with pytest.raises(KeyError):
        list(walk([item(KeyError("a defect"))], NO_SCENE))


def verdicts() -> Iterator[Verdict]:
    yield ask(item("it is so", id="one", switch="chunk_delay_ms"), NO_SCENE)
    yield ask(item(Refuted("it is not"), id="two"), NO_SCENE)
    yield ask(item(NotAsked("too far"), id="three"), NO_SCENE)


def test_the_report_says_what_holds_what_does_not_and_what_is_left_to_people() -> None:
    assert list(report.lines(list(verdicts()), {"four": "look"}, is_local=False)) == [
        "confirmed: one: it is so [switch: chunk_delay_ms]",
        "refuted: two: it is not [switch: none]",
        "  to do: `-c chunk_delay_ms=200` helps",
        "not asked: three: too far [switch: none]",
        "",
        "Only live AWS can tell, and a person who looks:",
        "  four: look",
        "",
        "1 confirmed, 1 refuted, 1 not asked, 1 by hand (docs/live-checklist.md)",
    ]
    assert report.LOCAL in report.lines([], {}, is_local=True)


def test_what_was_not_asked_is_no_failure_and_what_was_refuted_is() -> None:
    held, refuted, not_asked = verdicts()
    assert report.holds([held, not_asked])
    assert not report.holds([held, refuted])
