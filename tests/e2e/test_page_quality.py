"""What the page costs: size, first paint, and a long and fast chat."""

import gzip
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.windows import Window, Windows
from tests.processes import ROOT

pytestmark = pytest.mark.e2e

PAGE = ROOT / "web" / "dist"
FLOOD = ROOT / "tests" / "e2e" / "clients" / "flood.mjs"

SCRIPT_BYTES_MAX = 120_000
PAINT_MS_MAX = 1_000
FRAME_MS = 1000 / 60
FRAME_MS_MAX = 16.0  # of work, at the 95th percentile: more would miss the next frame
STREAM_S = 5.0

SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifts += entry.value)))
    .observe({ type: "layout-shift", buffered: true });
"""

IN_VIEW = """[...document.querySelectorAll(".ssio-message")]
    .map((row) => [row.innerText, Math.round(row.getBoundingClientRect().top)])
    .find(([, top]) => top > 80)"""


def test_the_script_of_the_first_load_is_small(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    urls = window.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)")
    scripts = {url: len(gzip.compress((PAGE / url.lstrip("/")).read_bytes(), 9)) for url in urls if url.endswith(".js")}
    assert 0 < sum(scripts.values()) <= SCRIPT_BYTES_MAX, scripts


@pytest.mark.alone
def test_it_is_painted_within_a_second(windows: Windows, user: str) -> None:
    window = windows.open(user).ready()
    paints = window.page.evaluate("performance.getEntriesByType('paint').map(({ startTime }) => startTime)")
    assert 0 < max(paints) <= PAINT_MS_MAX


@contextmanager
def flooded(browser: Browser, *options: str) -> Iterator[Window]:
    """A chat of 2,000 messages, with an agent that says 100 chunks a second; `options` of `flood.mjs` say otherwise."""
    with subprocess.Popen(["node", str(FLOOD), str(PAGE), *options], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        windows = Windows(browser, server.stdout.readline().strip())
        try:
            yield windows.go("/", "Flood", prepare=lambda page: page.add_init_script(SHIFTS)).ready()
        finally:
            windows.close()  # before its server: what it tried then would be told in its console
            server.kill()


@pytest.fixture
def flood(browser: Browser) -> Iterator[Window]:
    """A long chat, which comes at once."""
    with flooded(browser) as window:
        yield window


def test_earlier_messages_come_as_one_scrolls_up_and_move_nothing(browser: Browser) -> None:
    with flooded(browser, "300", "50") as window:
        beginning = window.log.get_by_text("This is where your chat begins.")
        for _ in range(80):
            before = window.page.evaluate(IN_VIEW)
            window.page.wait_for_timeout(150)  # what was near has been loaded by then
            assert window.page.evaluate(IN_VIEW) == before
            window.log.evaluate("(log) => log.scrollBy({ top: -600, behavior: 'instant' })")
        expect(beginning).to_be_in_viewport()
        expect(window.said().first).to_contain_text("0 when the river")


def test_of_a_long_chat_only_what_is_near_is_there(flood: Window) -> None:
    rows = flood.log.locator(".ssio-message")
    expect(rows.last).to_contain_text("1999")
    assert rows.count() < 100
    flood.log.press("Home")
    expect(flood.log.get_by_text("This is where your chat begins.")).to_be_visible()
    expect(flood.log.get_by_text("0 when the river")).to_be_visible()
    assert rows.count() < 100
    flood.page.get_by_role("button", name="To the newest message").click()
    expect(rows.last).to_be_in_viewport()


@pytest.mark.alone
def test_nothing_moves_and_no_frame_is_missed_while_an_answer_streams(flood: Window) -> None:
    flood.field.fill("Go on")
    flood.page.wait_for_timeout(600)
    flood.page.evaluate("window.shifts = 0")
    with_trace = trace_of(flood, lambda: flood.field.press("Enter"))
    work = sorted(work_of_frames(with_trace))
    assert len(work) > STREAM_S * 30
    assert work[int(0.95 * len(work))] < FRAME_MS_MAX
    expect(flood.stop).to_have_count(0, timeout=30_000)
    expect(flood.answers().last).to_be_in_viewport()
    assert flood.page.evaluate("window.shifts") == 0


def test_who_reads_further_up_is_left_in_peace(flood: Window) -> None:
    flood.say("Go on")
    expect(flood.stop).to_be_visible()
    flood.log.evaluate("(log) => log.scrollTo(0, -4000)")
    flood.page.wait_for_timeout(500)
    text, top = flood.page.evaluate(IN_VIEW)
    flood.page.wait_for_timeout(2_000)
    text_then, top_then = flood.page.evaluate(IN_VIEW)
    assert text_then == text
    assert abs(top_then - top) <= 1  # fractions of a pixel are rounded either way


def trace_of(window: Window, act: Any) -> list[dict[str, Any]]:
    """What Chromium's threads do from an act on, for `STREAM_S`."""
    devtools = window.context.new_cdp_session(window.page)
    events: list[dict[str, Any]] = []
    ended: list[Any] = []
    devtools.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    devtools.on("Tracing.tracingComplete", lambda end: ended.append(end))  # Playwright marks what it is given
    config = {"includedCategories": ["toplevel", "devtools.timeline"]}
    devtools.send("Tracing.start", {"traceConfig": config, "transferMode": "ReportEvents"})
    act()
    window.page.wait_for_timeout(1000 * STREAM_S)
    devtools.send("Tracing.end")
    while not ended:
        window.page.wait_for_timeout(20)
    return events


def work_of_frames(events: list[dict[str, Any]]) -> list[float]:
    """How long the page's main thread worked in each 60th of a second in which it did, in milliseconds.

    By its own clock, where the trace has it: that stands still while other processes have the processor.
    """
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    work: dict[tuple[int, int], dict[int, float]] = {main: {} for main in mains}
    for event in events:
        thread = (event["pid"], event["tid"])
        if thread in mains and event["name"].endswith("RunTask") and "dur" in event:
            frame = int(event["ts"] / 1000 / FRAME_MS)
            work[thread][frame] = work[thread].get(frame, 0.0) + event.get("tdur", event["dur"]) / 1000
    busiest = max(work.values(), key=lambda frames: sum(frames.values()))
    return list(busiest.values())
