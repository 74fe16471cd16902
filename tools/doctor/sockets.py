"""Why a client does not connect: port, path, slash, switch, key, origin, places, throttles; and who would answer it.

| what a handshake or CONNECT gets | means |
|---|---|
| nothing | port, firewall, name |
| 403 | path, or the slash at its end |
| 429; 500, 502, 503; silence | throttles; the functions |
| `unauthorized` | key |
| `forbidden`, also without `Origin` | all places of the plan are taken |
| `forbidden`, but not without `Origin` | origin |
| `unavailable` | ENABLE_WEBSOCKETS |
"""

import re
from collections.abc import Iterator

from tools.doctor import client, reach
from tools.doctor.client import Client, Denied, Refused, Silent, Unreachable
from tools.doctor.place import Place, websocket
from tools.findings import Finding, Kind

ORIGIN = re.compile(r"https?://[^\s/?#]+")
"""What browsers send: RFC 6454, section 6.2. No path, no slash at the end."""
NO_SLASH = "JavaScript clients need `addTrailingSlash: false` there; Python's, Java's and Swift's always send the slash"
AGENTS = "`chat-admin agents list` has them all, `chat-admin agents create` makes one, `make publish` tells the page"
LOGS = "look into the logs of Connect and Message (`make run` prints failures)"


def check(place: Place) -> Iterator[Finding]:
    """Connect as a stock client with the key and the origin."""
    yield from _shapes(place)
    if not place.key:
        yield Finding(
            Kind.UNKNOWN, 'the key: --key, or CHAT_API_KEY, gives one ("chat-admin keys create USER" makes it)'
        )
        return
    try:
        with client.connected(place.socket_url, place.key, place.origin) as found:
            yield Finding(Kind.OK, f"a client with this key{_from(place)} connects at {place.socket_url}")
            yield from _agents(place, found)
    except Unreachable as exc:
        yield from _unreachable(place, str(exc))
    except Refused as exc:
        yield _refused(place, exc.status)
    except Denied as exc:
        yield _denied(place, exc)
    except Silent as exc:
        yield Finding(Kind.BROKEN, f"{place.socket_url} takes connections, but {exc}: {LOGS}")


def slash(place: Place) -> Iterator[Finding]:
    """Whether API Gateway's own endpoint takes what clients send there, with a slash at the end and without."""
    taken = {end: _opens(place.managed_url + end, place.origin) for end in ("", "/")}
    if taken[""] and taken["/"]:
        yield Finding(Kind.OK, f"{place.managed_url} takes handshakes, with a slash at the end and without")
    elif taken[""]:
        yield Finding(Kind.WARNING, f"{place.managed_url} takes no slash at the end: {NO_SLASH}")
    else:
        yield Finding(Kind.BROKEN, f"API Gateway's own endpoint, {place.managed_url}, takes no handshake: {LOGS}")


def _shapes(place: Place) -> Iterator[Finding]:
    """What can be seen without asking the deployment."""
    if place.origin and not ORIGIN.fullmatch(place.origin):
        yield Finding(
            Kind.BROKEN,
            f"{place.origin} is not an origin: browsers send scheme, name and port alone, https://app.example.com, "
            "without a path or a slash at the end. ALLOWED_ORIGINS must have it so",
        )
    if place.key != place.key.strip() or place.key[:1] in {'"', "'"}:
        yield Finding(Kind.BROKEN, "the key has spaces or quotes around it, which are not part of it: take them away")
    elif place.key and not place.key.startswith("chat_"):
        yield Finding(Kind.WARNING, "the key does not begin with `chat_`, as those of chat-admin do")


def _unreachable(place: Place, why: str) -> Iterator[Finding]:
    yield Finding(Kind.BROKEN, f"nothing takes connections at {place.socket_url}: {why}. Is that the port?")
    own = websocket(place.page) if place.page else ""
    if own and own != websocket(place.url):
        if _opens(own + place.path, ""):
            yield Finding(Kind.BROKEN, f"the deployment is at {place.page}: give the client that address")
        return
    if not place.is_local and _opens(place.managed_url, ""):
        yield Finding(Kind.BROKEN, f"{place.managed_url} works: the name in between is not there (yet), or a proxy is")


def _refused(place: Place, status: int) -> Finding:
    if status == 429:
        said = "new connections are throttled (429): connect_throttle_per_s, or the account's quota; docs/limits.md"
    elif status >= 500:
        said = f"the handshake is answered with {status}: the function Connect fails or is throttled. {LOGS}"
    elif _opens(other := _other_slash(place.socket_url), place.origin):
        said = f"the path {place.path} is refused ({status}), {other} is not. {NO_SLASH}"
    else:
        said = (
            f"the path {place.path} is refused ({status}): clients need `path`, and its default, /socket.io, is not it"
        )
    return Finding(Kind.BROKEN, said)


def _denied(place: Place, denied: Denied) -> Finding:
    if denied.code == "unauthorized":
        said = "the key is not one of this deployment, or was revoked: `chat-admin keys create USER` makes another"
    elif denied.code == "unavailable":
        said = "connections are switched off: ENABLE_WEBSOCKETS=true, then `make run` or `make deploy` again"
    elif denied.code != "forbidden":
        said = f"CONNECT is refused with {denied.code or 'no code'}: {denied}"
    elif place.origin and _is_let_in(place):
        said = (
            f"pages of {place.origin} may not connect: add it to ALLOWED_ORIGINS, then `make run` or `make deploy` "
            "again. Scheme and port count"
        )
    else:
        said = (
            "all connections of this user's plan are taken: close some, or give the user a larger plan; docs/limits.md"
        )
    return Finding(Kind.BROKEN, said)


def _agents(place: Place, found: Client) -> Iterator[Finding]:
    """Whether there is an agent to answer. A room that is entered is left again."""
    agents = place.agents or _agents_of_page(place)
    if not agents:
        yield Finding(Kind.WARNING, f"no agent is known, and without one nothing is answered: {AGENTS}")
        return
    agent = agents[0]
    ack = found.call("chat:join", {"agentId": agent})
    if ack.get("ok"):
        found.call("chat:leave", {"agentId": agent})
        yield Finding(Kind.OK, f"the agent {agent} can be talked to")
    else:
        code = ack.get("error", {}).get("code")
        yield Finding(
            Kind.BROKEN, f"chat:join of {agent} is answered with {code}: `chat-admin agents list`, and {LOGS}"
        )


def _agents_of_page(place: Place) -> list[str]:
    """What the page of a deployment knows of; `make publish` tells it."""
    listed = reach.get(f"{place.page}/config.json").json().get("agents", []) if place.page else []
    return [agent["agentId"] for agent in listed]


def _is_let_in(place: Place) -> bool:
    try:
        with client.connected(place.socket_url, place.key, ""):
            return True
    except (Unreachable, Refused, Denied, Silent):
        return False


def _opens(url: str, origin: str) -> bool:
    try:
        with client.opened(url, origin):
            return True
    except (Unreachable, Refused):
        return False


def _other_slash(url: str) -> str:
    return url.removesuffix("/") if url.endswith("/") else f"{url}/"


def _from(place: Place) -> str:
    return f", from a page of {place.origin}," if place.origin else ""
