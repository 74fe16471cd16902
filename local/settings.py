"""What a run may choose: the environment, then lines of `.env`, then defaults.

The same names that a deployment takes are taken here; the few others are for tests, which run several stacks side by
side.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra import agents, config, vapid
from local.errors import LocalError
from serverless_socketio.aws.environment import UnfitError

ROOT = Path(__file__).parents[1]
REGION = "us-east-1"
ACCOUNT = "000000000000"
SUBJECT = "mailto:demo@example.com"
ACCOUNT_CONCURRENCY = 1000
"""Concurrent executions of an account, all functions together: "Lambda quotas"."""

OWN = {"answer_in_response", "vapid_public_key", "vapid_subject"}  # a run deals with these itself
OF_FUNCTIONS = {each.env[0]: each for name, each in config.SETTINGS.items() if each.who and name not in OWN}
"""Variables that the functions read and a run may override, without another synthesis."""


class SettingsError(LocalError):
    """A setting that cannot be used; the message names it and says what would do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One run.

    Attributes:
        port: Where the page, Socket.IO and the managed endpoint listen; 0 takes a free one.
        engine_port: A second port for AWS clients, or `None`: they use `port` then.
        home: Folder of everything a run keeps: data, keys, outputs.
        cache: Folder of synthesised assemblies; tests share one among many homes.
        demo_users: Users beyond alice, bob and carol.
        agents: Where agents of one's own come from, folders and wheels; the demo's, unless others are named.
        watch: Whether changed sources go live by themselves.
        bare: An empty cloud: nothing is deployed, nothing fed.
        app: Another CDK app, a Python file, or `None`: the chat's. It has a home of its own.
        idle_limit_s: Seconds without traffic after which a connection is closed. API Gateway: 600.
        lifetime_s: Seconds after which a connection is closed whatever it does. API Gateway: 7,200.
        account_concurrency: Executions of all functions together at a time. A new account of AWS may have as few as 10.
        answer_in_response: Whether `$default` has a route response. It changes the template, so it is given to
            synthesis.
        sign_in: Whether an issuer of tokens runs beside the stack: `SIGN_IN=demo`.
        page_client: The page's id and scope at an issuer, for its configuration.
        polling: Whether there is long-polling; likewise.
        page_origins: What else than the issuer the page may ask, with spaces between.
        frames: How frames are handed on, `sync` or `async`: likewise.
        vapid: A VAPID pair (public, private) of one's own, or `None`: one is made and kept.
        vapid_subject: Who signs web pushes.
        functions: Variables of the deployed functions to override.
    """

    port: int = 3000
    engine_port: int | None = None
    home: Path = ROOT / ".local"
    cache: Path = ROOT / ".local"
    demo_users: int = 0
    agents: tuple[Path, ...] = ()
    watch: bool = True
    bare: bool = False
    app: Path | None = None
    idle_limit_s: float = 600
    lifetime_s: float = 7200
    account_concurrency: int = ACCOUNT_CONCURRENCY
    answer_in_response: bool = False
    sign_in: bool = False
    page_client: tuple[str, str] = ("", "openid")
    polling: bool = True
    page_origins: str = ""
    frames: str = "sync"
    vapid: tuple[str, str] | None = None
    vapid_subject: str = SUBJECT
    functions: Mapping[str, str]

    @property
    def has_issuer(self) -> bool:
        """Whether tokens are accepted: the template has what that takes then."""
        return self.sign_in or "AUTH_ISSUER" in self.functions

    @property
    def variables(self) -> dict[str, str]:
        """What functions are told of this run: what it overrides, and the functions of its agents that may answer."""
        allowed = [self.functions.get("AGENT_FUNCTIONS", ""), *agents.functions(self.agents)]
        return {**self.functions, "AGENT_FUNCTIONS": ",".join(filter(None, allowed))}

    @property
    def outputs(self) -> Path:
        """Where clients and tests read what is running."""
        return self.home / "outputs.json"


def read(environment: Mapping[str, str], *, bare: bool = False, app: Path | None = None) -> Settings:
    """Return the settings, or raise SettingsError. A variable that is set but empty counts as not set."""
    given = {name: value for name, value in environment.items() if value != ""}
    home = Path(given.get("LOCAL_DIR", ROOT / ".local")).absolute()
    if app:
        if not app.is_file():
            raise SettingsError(f"--app is {str(app)!r}, but must be a Python file")
        app = app.resolve()
        home /= f"app-{app.parent.name}-{hashlib.sha256(bytes(app)).hexdigest()[:8]}"
    return Settings(
        port=_number(given, "PORT", 3000, high=65535),
        engine_port=_number(given, "ENGINE_PORT", 0, high=65535) or None,
        home=home,
        cache=Path(given.get("LOCAL_CACHE_DIR", home)).absolute(),
        demo_users=_number(given, "DEMO_USERS", 0, high=10_000),
        agents=() if app or bare else _agents(given),
        watch=_flag(given, "WATCH", default=True),
        bare=bare,
        app=app,
        idle_limit_s=_number(given, "IDLE_LIMIT_S", 600, low=1),
        lifetime_s=_number(given, "LIFETIME_S", 7200, low=1),
        account_concurrency=_number(given, "ACCOUNT_CONCURRENCY", ACCOUNT_CONCURRENCY, low=1),
        answer_in_response=_flag(given, "ANSWER_IN_RESPONSE", default=False),
        sign_in=_sign_in(given),
        page_client=(given.get("AUTH_CLIENT_ID", ""), given.get("AUTH_SCOPE", "openid")),
        polling=_flag(given, "POLLING", default=True),
        page_origins=given.get("AUTH_ORIGINS", "").replace(",", " "),
        frames=_frames(given),
        vapid=_vapid(given),
        vapid_subject=_subject(given),
        functions=_functions(given),
    )


def _agents(given: Mapping[str, str]) -> tuple[Path, ...]:
    if "AGENTS" not in given:
        return tuple(filter(Path.is_dir, agents.sources([agents.DEMO])))
    names = [name.strip() for name in given["AGENTS"].split(",")]
    for name in names:
        if not agents.is_source(name):
            raise SettingsError(f"AGENTS has {name!r}, but must be {agents.WANTED}")
    return agents.sources(names)


def _functions(given: Mapping[str, str]) -> dict[str, str]:
    """Return what functions are to be told; a value that they would refuse at their start is refused here."""
    found = {name: given[name] for name in OF_FUNCTIONS if name in given}
    for name, value in found.items():
        try:
            OF_FUNCTIONS[name].relaxed.parse(value)
        except UnfitError as exc:
            raise SettingsError(f"{name} is {exc.text!r}, but must be {exc}") from exc
    return found


def _sign_in(given: Mapping[str, str]) -> bool:
    chosen = given.get("SIGN_IN", "")
    if chosen not in {"", "demo"}:
        raise SettingsError(f"SIGN_IN is {chosen!r}, but must be demo, or nothing")
    if chosen and "AUTH_ISSUER" in given:
        raise SettingsError("SIGN_IN=demo has an issuer of its own: leave out AUTH_ISSUER, or SIGN_IN")
    if "AUTH_ISSUER" in given and not given.get("AUTH_AUDIENCE"):
        raise SettingsError("AUTH_AUDIENCE is not set: without it no token of AUTH_ISSUER would be accepted")
    return bool(chosen)


def _number(given: Mapping[str, str], name: str, default: int, *, low: int = 0, high: int = 10**9) -> int:
    value = given.get(name, str(default))
    if value.isdecimal() and low <= int(value) <= high:
        return int(value)
    raise SettingsError(f"{name} is {value!r}, but must be a whole number from {low} to {high}")


def _flag(given: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = given.get(name, str(default)).lower()
    if value in {"true", "false"}:
        return value == "true"
    raise SettingsError(f"{name} is {value!r}, but must be true or false")


def _frames(given: Mapping[str, str]) -> str:
    try:
        return str(config.SETTINGS["frames"].parse(given.get("FRAMES", "sync")))
    except UnfitError as exc:
        raise SettingsError(f"FRAMES is {exc.text!r}, but must be {exc}") from exc


def _vapid(given: Mapping[str, str]) -> tuple[str, str] | None:
    public = given.get("VAPID_PUBLIC_KEY") or given.get("NEXT_PUBLIC_VAPID_PUBLIC_KEY")
    private = given.get("VAPID_PRIVATE_KEY")
    if not public and not private:
        return None
    if not public or not private:
        raise SettingsError("VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY belong together: give both, or neither")
    try:
        public = vapid.public_key(public)
    except ValueError as exc:
        raise SettingsError(f"VAPID_PUBLIC_KEY is {exc}, but must be {vapid.PUBLIC_WANTED}") from exc
    try:
        private = vapid.private_key(private)
    except ValueError as exc:
        raise SettingsError(f"VAPID_PRIVATE_KEY is {exc}, but must be {vapid.PRIVATE_WANTED}") from exc
    if not vapid.is_pair(public, private):
        raise SettingsError("VAPID_PUBLIC_KEY is not that of VAPID_PRIVATE_KEY: `make vapid-keys` makes a pair")
    return public, private


def _subject(given: Mapping[str, str]) -> str:
    value = given.get("VAPID_SUBJECT", SUBJECT)
    if vapid.is_subject(value, examples=True):
        return value
    raise SettingsError(f"VAPID_SUBJECT is {value!r}, but must be {vapid.SUBJECT_WANTED}")
