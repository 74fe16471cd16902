"""What is asked at the page's address: in the cloud CloudFront answers there, locally the edge."""

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tools.doctor.client import Refused
from tools.verify_live.items import NotAsked, Refuted, Scene
from tools.verify_live.probes import handshakes

PATIENCE_S = 10
TYPES = {".js": "text/javascript", ".css": "text/css", ".webmanifest": "application/manifest+json"}
FILE = re.compile(r"""(?:src|href)="(/[^"?#]+\.(?:js|css|webmanifest))["?#]""")


def upgrades(scene: Scene) -> str:
    """Upgrades reach the stage, with and without a slash, with the key in any of its three places."""
    url, key = scene.page_socket.rstrip("/"), scene.visitor.key
    for path in (url, f"{url}/"):
        with scene.connect(path):
            pass
        for headers in ({}, {"x-api-key": key}, {"Authorization": f"Bearer {key}"}):
            try:
                with scene.handshake(path, **headers):
                    pass
            except Refused as exc:
                way = next(iter(headers), "query")
                raise Refuted(f"{path} is answered with {exc.status} where the key comes by {way}") from exc
    return f"{url} upgrades with a slash and without; query string, x-api-key and Authorization arrive"


def scheme(scene: Scene) -> str:
    """`X-Forwarded-Proto` is what the connection was, whatever the client sends under that name.

    Asked at API Gateway's own endpoint, where no setting lets an origin in but what `$connect` compares it with.
    """
    own = urlsplit(scene.managed)
    right, wrong = ("https", "http") if own.scheme == "wss" else ("http", "https")
    for sent in ({}, {"X-Forwarded-Proto": wrong}):
        if not _takes(scene, scene.managed, f"{right}://{own.netloc}", sent):
            raise Refuted(
                f"the endpoint's own origin is refused where a client sends {sent or 'nothing'} of the scheme"
            )
        if _takes(scene, scene.managed, f"{wrong}://{own.netloc}", sent):
            handshakes.check_origins_matter(scene)
            raise Refuted(f"the origin {wrong}://{own.netloc} is let in where a client sends {sent or 'nothing'}")
    return "an Origin is compared with the scheme of the connection, not with the one that a client claims"


def statuses(scene: Scene) -> str:
    """Refused handshakes keep their status on the way through."""
    return handshakes.statuses_at(scene, scene.page_socket)


def origins(scene: Scene) -> str:
    """The page's own sockets are let in, those of a page elsewhere are not, whatever name they claim to come by."""
    url, page = scene.page_socket, scene.deployment.place.page
    if not _takes(scene, url, page):
        raise Refuted(f"sockets of {page} itself are refused")
    for claimed in ({}, {"X-Forwarded-Host": urlsplit(handshakes.FOREIGN).netloc}):
        _refuse_foreign(scene, url, claimed)
    return f"sockets of {page} are let in, those of {handshakes.FOREIGN} are not"


def plain_http(scene: Scene) -> str:
    """What the function at the edge answers itself: `/health`, and what no transport serves."""
    scene.page_socket  # noqa: B018 - raises where there is no page
    place = scene.deployment.place
    wanted = {"/health": (200, {"status": "ok"}), place.path: (400, {"code": 0, "message": "Transport unknown"})}
    for path, (status, said) in wanted.items():
        answer = get(place.page + path)
        if answer.status != status or answer.json() != said:
            raise Refuted(f"{path} is answered with {answer.status} {answer.text[:80]}, not {status}")
    return f"/health is answered, and {place.path} over plain HTTP with Engine.IO's words"


def errors_are_not_kept(scene: Scene) -> str:
    """After a refusal the same URL is asked anew: who is let in is not answered with the refusal of another."""
    url = scene.page_socket
    with scene.handshake(url):
        pass
    for _ in range(3):
        _refuse_foreign(scene, url)
        try:
            with scene.handshake(url):
                pass
        except Refused as exc:
            raise Refuted(f"after a refusal the same URL is {exc.status} for who should be let in: kept") from exc
    for path in ("/verify-live-nothing.js", scene.deployment.place.path):
        for _ in range(2):
            answer = get(scene.deployment.place.page + path)
            if answer.status < 400:
                raise Refuted(f"{path} is answered with {answer.status} over plain HTTP")
            if int(answer.headers.get("age", 0)):
                raise Refuted(f"the {answer.status} of {path} came from a cache, {answer.headers['age']} s old")
    return "a refusal is not kept: the same URL is let in right after it, and no error has an Age"


def revalidated(scene: Scene) -> str:
    """What is `no-cache` is never older than a second."""
    _only_cloudfront(scene)
    for path in ("/", "/config.json"):
        get(scene.deployment.place.page + path)
        answer = get(scene.deployment.place.page + path)
        if answer.headers.get("cache-control") != "no-cache" or int(answer.headers.get("age", 0)) > 1:
            kept = f"Cache-Control {answer.headers.get('cache-control')}, Age {answer.headers.get('age')}"
            raise Refuted(f"{path} comes with {kept}")
    return "the page and config.json are asked for again after a second"


def compressed(scene: Scene) -> str:
    """Files of the page have their types, and scripts and styles come compressed."""
    _only_cloudfront(scene)
    page = scene.deployment.place.page
    files = FILE.findall(get(page + "/").text)
    if not files:
        raise Refuted("the page names no files: is it published? `make publish`")
    for path in files:
        answer, wanted = get(page + path), TYPES[path[path.rindex(".") :]]
        if answer.headers.get("content-type", "").partition(";")[0] != wanted:
            raise Refuted(f"{path} is of the type {answer.headers.get('content-type')}, not {wanted}")
        if wanted != TYPES[".webmanifest"] and answer.headers.get("content-encoding") not in {"gzip", "br"}:
            raise Refuted(f"{path} does not come compressed")
    return f"{len(files)} files have their types, scripts and styles are compressed"


@dataclass(frozen=True)
class Answer:
    """Of plain HTTP. `headers`: by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """What is in it, unpacked."""
        is_packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if is_packed else self.body).decode(errors="replace")

    def json(self) -> Any:
        """What it says as JSON, or nothing where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def get(url: str) -> Answer:
    """Ask as a browser does. Raises OSError where there is no answer."""
    request = Request(url, headers={"Accept-Encoding": "gzip", "User-Agent": "make verify-live"})  # noqa: S310
    try:
        with urlopen(request, timeout=PATIENCE_S) as came:  # noqa: S310 - the page's own address
            return Answer(came.status, {name.lower(): value for name, value in came.headers.items()}, came.read())
    except HTTPError as exc:
        return Answer(exc.code, {name.lower(): value for name, value in exc.headers.items()}, exc.read())


def _takes(scene: Scene, url: str, origin: str, headers: Mapping[str, str] | None = None) -> bool:
    try:
        with scene.handshake(url, origin, **(headers or {})):
            return True
    except Refused:
        return False


def _refuse_foreign(scene: Scene, url: str, claimed: Mapping[str, str] | None = None) -> None:
    """Raise Refuted if a page elsewhere is let in, NotAsked if every page is."""
    if _takes(scene, url, handshakes.FOREIGN, claimed):
        handshakes.check_origins_matter(scene)
        raise Refuted(f"sockets of {handshakes.FOREIGN} are let in{' by what they claim' if claimed else ''}")


def _only_cloudfront(scene: Scene) -> None:
    if scene.deployment.place.is_local:
        raise NotAsked("only CloudFront can tell: locally the edge serves the page from its folder")
    if not scene.deployment.place.page:
        raise NotAsked("the deployment has no page (web_site=false)")
