"""What the local cloud keeps for an operator: metrics as CloudWatch has them, alarms, and frames without secrets."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.sight import alarms, embedded
from local.sight.expressions import ExpressionError, evaluate
from local.sight.frames import FRAMES_MAX, SHOWN_MAX, Frames, redacted
from local.sight.metrics import METRICS_MAX, Key, Metrics, percentile
from serverless_socketio.aws.metrics import EmbeddedMetrics


class Time:
    """A clock that stands."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Measured(Metrics):
    """Metrics at a time of the test's."""

    def __init__(self) -> None:
        self.time = Time()
        super().__init__(self.time)

    def read(self, name: str, statistic: str, *, last_s: float = 300, namespace: str = "N", **by: str) -> float | None:
        end = self.time.now + 10
        return self.statistic(Key.of(namespace, name, by), statistic, begin=end - last_s, end=end)


def test_values_are_told_apart_by_name_and_dimensions_and_summed_in_time() -> None:
    metrics = Measured()
    metrics.put("N", "Events", {"outcome": "ok"}, 1, 2)
    metrics.put("N", "Events", {"outcome": "invalid"}, 5)
    metrics.time.now += 200
    metrics.put("N", "Events", {"outcome": "ok"}, 4)
    assert metrics.read("Events", "Sum", outcome="ok") == 7
    assert metrics.read("Events", "Sum", last_s=60, outcome="ok") == 4
    assert metrics.read("Events", "SampleCount", outcome="ok") == 3
    assert (metrics.read("Events", "Minimum", outcome="ok"), metrics.read("Events", "Maximum", outcome="ok")) == (1, 4)
    assert metrics.read("Events", "Average", outcome="invalid") == 5
    assert metrics.read("Events", "Sum") is None


def test_percentiles_lie_between_values() -> None:
    metrics = Measured()
    metrics.put("N", "Latency", {}, *range(1, 101))
    assert metrics.read("Latency", "p50") == pytest.approx(50.5)
    assert metrics.read("Latency", "p99") == pytest.approx(99.01)
    assert percentile([7.0], 99) == 7


def test_what_is_kept_is_bounded_in_time_number_and_values() -> None:
    metrics = Measured()
    for _ in range(400):
        metrics.put("N", "Old", {}, *([1.0] * 1_000))
        metrics.time.now += 10
    assert metrics.read("Old", "SampleCount", last_s=100_000) == 360 * 1_000  # an hour
    assert all(len(step.values) <= 200 for steps in metrics._steps.values() for step in steps)
    for number in range(METRICS_MAX + 10):
        metrics.put("N", "New", {"number": str(number)}, 1)
    assert len(metrics.all()) == METRICS_MAX
    assert metrics.read("Old", "Sum") is None


def test_what_functions_print_becomes_metrics() -> None:
    printed: list[str] = []
    meter = EmbeddedMetrics("Chat", write=printed.append)
    meter.put({"Events": 1}, by={"outcome": "ok"}, times_ms={"AckLatency": [5, 7]}, about={"event": "chat:join"})
    metrics = Measured()
    log = "\n".join(['{"level": "INFO"}', *printed, "Traceback (most recent call last):", '{"_aws": 5}', '{"_aws": '])
    (line,) = embedded.take(log, metrics)
    assert line["event"] == "chat:join"
    assert metrics.read("Events", "Sum", namespace="ServerlessSocketio", stack="Chat", outcome="ok") == 1
    assert metrics.read("AckLatency", "Maximum", namespace="ServerlessSocketio", stack="Chat") == 7


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner))
)
def test_no_line_breaks_the_reader(value: Any) -> None:
    list(embedded.take(json.dumps({"_aws": value}), Measured()))
    list(embedded.take(json.dumps({"_aws": {"CloudWatchMetrics": value}}), Measured()))


@pytest.mark.parametrize(
    ("expression", "values", "result"),
    [
        ("IF(opened >= 20, 100 * (1 - FILL(accepted, 0) / opened), 0)", {"opened": 40, "accepted": 10}, 75),
        ("IF(opened >= 20, 100 * (1 - FILL(accepted, 0) / opened), 0)", {"opened": 40, "accepted": None}, 100),
        ("IF(opened >= 20, 100 * (1 - FILL(accepted, 0) / opened), 0)", {"opened": 3, "accepted": None}, 0),
        ("IF(opened >= 20, 1, 0)", {"opened": None}, None),
        ("a / b", {"a": 1, "b": 0}, None),
        ("12 * (FILL(a, 0) * 0.000001)", {"a": 1_000_000}, 12),
    ],
)
def test_expressions_are_worth_what_cloudwatch_says(
    expression: str, values: dict[str, float | None], result: float | None
) -> None:
    assert evaluate(expression, values) == result


@pytest.mark.parametrize("expression", ["SEARCH('x', 'Sum')", "unknown + 1", "a.b", "1 +", "__import__('os')"])
def test_what_is_not_known_is_no_expression(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, {"a": 1})


def alarm(**changes: Any) -> alarms.Alarm:
    return {
        "AlarmName": "Chat-Errors",
        "AlarmDescription": "Errors: A function fails. What to do: docs/operations.md",
        "Namespace": "N",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        **changes,
    }


def test_an_alarm_goes_when_its_threshold_is_reached_and_is_over_five_minutes_later() -> None:
    metrics = Measured()

    def judged(**changes: Any) -> alarms.Judged:
        return alarms.judge(alarm(**changes), metrics, metrics.time.now)

    assert (judged().goes, judged().value) == (False, None)  # no data is no alarm
    metrics.put("N", "Errors", {"FunctionName": "f"}, 4)
    metrics.put("N", "Errors", {"FunctionName": "another"}, 100)
    assert not judged().goes
    metrics.put("N", "Errors", {"FunctionName": "f"}, 1)
    assert (judged().goes, judged().value, judged().row) == (True, 5, "Errors")
    assert not judged(EvaluationPeriods=3).goes  # it takes all of them
    metrics.time.now += 310
    assert not judged().goes


def test_an_alarm_on_an_expression_goes_too() -> None:
    metrics = Measured()
    queries = [
        {"Id": "share", "Expression": "IF(opened >= 20, 100 * (1 - FILL(accepted, 0) / opened), 0)"},
        *(
            {
                "Id": name,
                "MetricStat": {"Metric": {"Namespace": "N", "MetricName": name}, "Period": 300, "Stat": "Sum"},
            }
            for name in ("opened", "accepted")
        ),
    ]
    metrics.put("N", "opened", {}, 50)
    judged = alarms.judge(alarm(Metrics=queries, Threshold=50), metrics, metrics.time.now)
    assert (judged.goes, judged.value) == (True, 100)
    metrics.put("N", "accepted", {}, 40)
    assert not alarms.judge(alarm(Metrics=queries, Threshold=50), metrics, metrics.time.now).goes


KEY = "chat_" + "k" * 32
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "frame",
    [
        f'40{{"token":"{KEY}"}}',
        f'40/chat,{{"token":"{KEY}"}}',
        f'40{{"deep":{{"er":["{KEY}"]}}}}',
        f'42["auth:refresh",{{"token":"{JWT}"}}]',
        f'421["message","{KEY}"]',
        f'42["x",{{"Authorization":"Bearer {KEY}"}}]',
        f'42["x",{{"note":"my key is {KEY}, keep it"}}]',
        f'{{"action":"chat:join","data":{{"apiKey":"{KEY}"}}}}',
        json.dumps(["x", json.dumps({"token": KEY})]),
        f'451-["x",{{"access_token":"{JWT}","_placeholder":true}}]',
        f'40{{"token":"{KEY}'[:30],  # cut
        f'42["x",{{"token":"{KEY}'[:40],
    ],
)
def test_no_key_and_no_token_is_ever_shown(frame: str) -> None:
    shown = redacted(frame)
    assert KEY[:12] not in shown
    assert JWT[:20] not in shown


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        ('0{"sid":"s3cret","pingInterval":120000}', "0…"),
        ('40{"sid":"s3cret","pid":"p1d"}', "40…"),
        (
            '42["push:subscribe",{"subscription":{"endpoint":"https://p.example/x","keys":{"p256dh":"B","auth":"a"}}}]',
            '42["push:subscribe",{"subscription":{"endpoint":"…","keys":{"p256dh":"…","auth":"…"}}}]',
        ),
        ('42["chat:join",{"agentId":"echo"}]', '42["chat:join",{"agentId":"echo"}]'),
        ('44{"message":"no","data":{"code":"forbidden"}}', '44{"message":"no","data":{"code":"forbidden"}}'),
        ("40", "40"),
        ("3", "3"),
    ],
)
def test_of_a_frame_is_shown_what_is_no_secret(frame: str, shown: str) -> None:
    assert redacted(frame) == shown


@given(st.text(max_size=200), st.sampled_from(["token", "apiKey", "pid", "auth", "password"]))
def test_no_value_of_a_secrets_name_is_shown(value: str, name: str) -> None:
    secret = f"s3cr3t{value}"
    shown = redacted(f'42["x",{json.dumps({name: secret, "agentId": "echo"})}]')
    assert "s3cr3t" not in shown
    assert '"agentId":' in shown.replace(" ", "")


def test_frames_are_kept_cut_and_few() -> None:
    frames = Frames()
    for number in range(FRAMES_MAX + 5):
        frames.add("c1=", f"{number}" + "x" * 100_000, incoming=True)
    (newest, *_) = frames.last(3)
    assert len(frames.last(10_000)) == FRAMES_MAX
    assert len(newest.text) == SHOWN_MAX
    assert newest.shown.endswith("…")


def test_keeping_a_frame_and_its_metric_takes_microseconds() -> None:
    """A frame takes a millisecond on the way through the edge: what watches it must not be felt."""
    metrics, frames = Metrics(), Frames()
    frame = '42["chat:message",{"agentId":"echo","message":"' + "hello " * 50 + '"}]'

    def pass_by() -> None:
        frames.add("c1=", frame, incoming=True)
        metrics.put("AWS/ApiGateway", "MessageCount", {"ApiId": "a"}, 1)

    best = min(_seconds(pass_by, 1_000) for _ in range(5)) / 1_000
    assert best < 0.000_25  # 5 µs where nothing else runs


def _seconds(work: Any, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - began
