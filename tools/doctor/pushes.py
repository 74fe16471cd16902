"""Why nothing is pushed, as far as a server can know: the rest is in the browser, and docs/troubleshooting.md."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from infra import vapid
from tools.doctor import client, reach
from tools.doctor.client import Denied, Refused, Silent, Unreachable
from tools.doctor.place import Place
from tools.findings import Finding, Kind, ask

IN_THE_BROWSER = (
    "In its console: `(await navigator.serviceWorker.getRegistration())?.active, Notification.permission` should be a "
    "worker and “granted”"
)


def check(place: Place) -> Iterator[Finding]:
    """Keys, then what a browser needs, then what became of pushes."""
    if not place.vapid_public_key:
        yield Finding(Kind.WARNING, "web push is off: `make vapid-keys` makes keys, then `make run` or `make deploy`")
        return
    yield from _page(place)
    yield from _subscribed(place)
    yield from _dead(place)


def pair(place: Place) -> Iterator[Finding]:
    """Whether the private key that signs is that of the public key which browsers have."""
    if not place.vapid_public_key or not place.sender:
        return
    about, functions, parameters = "the VAPID pair", place.aws.client("lambda"), place.aws.client("ssm")
    configuration = ask(
        about,
        "lambda:GetFunctionConfiguration",
        lambda: functions.get_function_configuration(FunctionName=place.sender),
    )
    name = configuration["Environment"]["Variables"].get("VAPID_PARAMETER", "")
    kept = ask(about, "ssm:GetParameter", lambda: parameters.get_parameter(Name=name, WithDecryption=True))
    if vapid.is_pair(place.vapid_public_key, kept["Parameter"]["Value"]):
        yield Finding(Kind.OK, "the VAPID keys are a pair")
    else:
        yield Finding(
            Kind.BROKEN,
            f"the private key in {name} is not that of the public key which browsers subscribe with: push services "
            "refuse what it signs. Put one pair, as `make vapid-keys` makes it, into .env; `make run` or `make deploy`",
        )


def _page(place: Place) -> Iterator[Finding]:
    if not place.page:
        return
    parts = urlsplit(place.page)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1"}:
        yield Finding(Kind.BROKEN, f"{place.page} is not a secure context: browsers have web push over https alone")
    worker = reach.get(f"{place.page}/sw.js")
    if worker.status == 200 and "javascript" in worker.content_type:
        yield Finding(Kind.OK, "the service worker is there to be registered")
    else:
        answer = f"{worker.status or worker.body} {worker.content_type}".strip()
        mend = "`make page` builds the worker" if place.is_local else "`make publish` puts the worker there"
        yield Finding(Kind.BROKEN, f"{place.page}/sw.js is answered with {answer}: {mend}")


def _subscribed(place: Place) -> Iterator[Finding]:
    if not place.key:
        return
    try:
        with client.connected(place.socket_url, place.key, "") as found:
            status = found.call("push:status", {})
    except (Unreachable, Refused, Denied, Silent):
        return  # `sockets` says why
    if not status.get("ok"):
        yield Finding(Kind.UNKNOWN, f"the subscriptions: push:status is answered with {status.get('error')}")
    elif status["vapidPublicKey"] != place.vapid_public_key:
        yield Finding(Kind.BROKEN, "the functions have another VAPID key than the page: `make deploy`, then reload it")
    elif status["subscribed"]:
        yield Finding(Kind.OK, "a browser of this key's user has subscribed")
    else:
        yield Finding(
            Kind.WARNING,
            "no browser of this key's user has subscribed: open the page, allow notifications. " + IN_THE_BROWSER,
        )


def _dead(place: Place) -> Iterator[Finding]:
    if not place.dead_pushes:
        return
    queues = place.aws.client("sqs")
    about = "what could not be pushed"
    url = ask(about, "sqs:GetQueueUrl", lambda: queues.get_queue_url(QueueName=place.dead_pushes)["QueueUrl"])
    wanted = ["ApproximateNumberOfMessages"]
    found = ask(
        about, "sqs:GetQueueAttributes", lambda: queues.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
    )
    if count := int(found["Attributes"]["ApproximateNumberOfMessages"]):
        yield Finding(Kind.WARNING, f"{count} pushes could not be delivered: `chat-admin push dead` says why")
