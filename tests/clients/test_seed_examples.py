"""The usage examples that this project began with, unchanged: `examples/seed`, built by its README, in a browser."""

import json
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from local import outputs
from tests.clients import apps
from tests.e2e.browser import Consoles
from tests.e2e.conftest import Stack, service, stack_in, world_of
from tests.e2e.driver import Device
from tests.e2e.pushing import needs_loopback
from tests.e2e.test_page_notifications import PUSH_MANAGER
from tests.processes import ROOT
from tests.push_service import PushService

__all__ = ["service"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), needs_loopback]

README = apps.FOLDER / "seed" / "README.md"
AGENT, USER = "agent-123", "user-123"  # as the lines have them
PATIENCE_MS = 60_000
DONE = ".ssio-message[data-role=agent][data-state=done] .ssio-bubble"


@dataclass(frozen=True)
class Seed:
    """The app that has the lines, and their user.

    Attributes:
        device: Another device of the user.
    """

    stack: Stack
    url: str
    key: str
    device: Device

    def open(self, browser: Browser, part: str, script: str = "") -> Page:
        """Show a part of it, signed in."""
        page = browser.new_page()
        page.add_init_script(script)
        page.goto(f"{self.url}#{part}")
        page.get_by_label("API key").fill(self.key)
        page.get_by_role("button", name="Sign in").click()
        return page

    def is_answered(self, message: str) -> bool:
        """Whether the history has a message, and its echo."""
        messages = self.device.call("chat:history", {"agentId": AGENT})["messages"]
        return {each["role"] for each in messages if each["message"] == message} == {"user", "agent"}


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seed]:
    """The app, served, and the agent and the user that its lines name."""
    home, packed = tmp_path_factory.mktemp("seed"), tmp_path_factory.mktemp("packed")
    (port,) = apps.free_ports(1)
    *administering, packing = (shlex.split(line) for line in apps.steps(README)[1])
    assert packing[:2] == ["npm", "pack"]
    with ExitStack() as running:
        stack = running.enter_context(stack_in(home / "cloud", {"ALLOWED_ORIGINS": f"http://localhost:{port}"}))
        described = home / "outputs.json"
        outputs.write(described, stack.outputs)
        said = [apps.run([*command, "--json", "--outputs", str(described)], ROOT) for command in administering]
        key = str(json.loads(said[-1])["apiKey"])
        tarball = apps.pack(packed)
        url = running.enter_context(apps.served("seed", home, tarball, url=stack.url, port=port, env={}))
        world = running.enter_context(world_of(stack))
        device = world.clients.open(stack.url, path=stack.socket_path, auth={"token": key})
        device.wait_for("connect")
        yield Seed(stack, url, key, device)


def wait_for(page: Page, seed: Seed, message: str) -> None:
    """Wait until a message is answered; the test's own limit ends what never comes."""
    while not seed.is_answered(message):
        page.wait_for_timeout(200)


def test_use_socket_connects_emits_and_hears(browser: Browser, seed: Seed, consoles: Consoles) -> None:
    page = seed.open(browser, "useSocket")
    expect(page.get_by_text("Connected: ")).to_be_visible(timeout=PATIENCE_MS)
    wait_for(page, seed, "Said by useSocket")
    with page.expect_console_message(lambda said: "New message:" in said.text, timeout=PATIENCE_MS):
        say(page, seed, "from the other device")
    page.close()
    consoles.said[:] = [each for each in consoles.said if "New message:" not in each]


def test_use_chat_socket_sends_and_hears_the_chunks(browser: Browser, seed: Seed) -> None:
    page = seed.open(browser, "useChatSocket")
    wait_for(page, seed, "Hello!")
    expect(page.locator("body")).to_contain_text("Hello!", timeout=PATIENCE_MS)
    page.close()


def test_use_typing_begins_and_ends_by_itself(browser: Browser, seed: Seed, consoles: Consoles) -> None:
    page = seed.open(browser, "useTyping")
    field = page.get_by_label("Message")
    field.fill("a")
    expect(field).to_have_attribute("placeholder", "typing")
    expect(field).to_have_attribute("placeholder", "still", timeout=PATIENCE_MS)
    page.close()
    consoles.expect("Started typing")
    consoles.expect("Stopped typing")


def test_use_presence_knows_who_is_there(browser: Browser, seed: Seed) -> None:
    page = seed.open(browser, "usePresence")
    expect(page.get_by_text("online, true, ")).to_be_visible(timeout=PATIENCE_MS)
    page.close()


def test_push_is_subscribed_to_and_given_up(browser: Browser, seed: Seed, service: PushService) -> None:
    subscriber = service.browser(str(seed.stack.outputs["vapidPublicKey"]))
    page = seed.open(browser, "notifications", PUSH_MANAGER % json.dumps(subscriber.subscription))
    page.context.grant_permissions(["notifications"], origin=seed.url.rstrip("/"))
    page.get_by_role("button", name="Subscribe and unsubscribe").click(timeout=PATIENCE_MS)
    expect(page.get_by_text("Subscribe and unsubscribe true")).to_be_visible(timeout=PATIENCE_MS)
    assert not seed.device.call("push:status", {"endpoint": subscriber.endpoint})["subscribed"]
    page.close()


@pytest.mark.parametrize("part", ["RealTimeChatInterface", "AgentChatPage"])
def test_a_chat_is_answered(browser: Browser, seed: Seed, part: str) -> None:
    page = seed.open(browser, part)
    page.get_by_role("textbox").fill(f"hello from {part}")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(DONE).last).to_have_text(f"hello from {part}", timeout=PATIENCE_MS)
    settings = page.get_by_role("region", name="Notifications")
    expect(settings).to_have_count(1 if part == "AgentChatPage" else 0)
    page.close()


def test_the_custom_component_sends_and_hears(browser: Browser, seed: Seed, consoles: Consoles) -> None:
    page = seed.open(browser, "CustomComponent")
    expect(page.get_by_text("Status: Connected")).to_be_visible(timeout=PATIENCE_MS)
    before = len(said_by_user(seed, "Hello!"))
    page.get_by_role("button", name="Send Message").click()
    while len(said_by_user(seed, "Hello!")) == before:
        page.wait_for_timeout(200)
    with page.expect_console_message(lambda said: "Message received:" in said.text, timeout=PATIENCE_MS):
        say(page, seed, "from the other device")
    page.close()
    consoles.said[:] = [each for each in consoles.said if "Message received:" not in each]


def say(page: Page, seed: Seed, message: str) -> None:
    """Send from the other device, as soon as no answer is running."""
    payload: dict[str, Any] = {"agentId": AGENT, "message": message}
    while not (ack := seed.device.call("chat:message", payload))["ok"]:
        assert ack["error"]["code"] in {"conflict", "rate_limited"}, ack
        page.wait_for_timeout(500)


def said_by_user(seed: Seed, message: str) -> list[dict[str, Any]]:
    messages = seed.device.call("chat:history", {"agentId": AGENT})["messages"]
    return [each for each in messages if each["role"] == "user" and each["message"] == message]
