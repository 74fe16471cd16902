"""What a deployment can choose: every setting, checked and typed.

Each is declared once: what functions read by the library and the chat, what is the deployment's alone here. A context
(`cdk.json`, `-c key=value`) only deviates from the defaults; a few settings may also come from the environment at synth
or from `.env`, because `make run` and pipelines have them there. A value that would fail only in production fails here.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeGuard

from infra import agents, hosts, vapid
from serverless_socketio.aws.environment import (
    DECLARED,
    Setting,
    UnfitError,
    choice,
    declared,
    flag,
    number,
    text,
    words,
)
from serverless_socketio.aws.settings import LIFETIME_LIMIT_MS
from serverless_socketio.heartbeat import TICK_MS
from serverless_socketio_chat.settings import Choices

CDK_JSON = Path(__file__).parents[1] / "cdk.json"

Context = Callable[[str], object]
"""Looks up a context key: `None` when it is not there. `Node.try_get_context` is one."""

PROFILES: dict[str, dict[str, int]] = {
    "standard": {},
    "thrifty": {"chunk_size": 12, "chunk_delay_ms": 200, "streamer_memory_mb": 256},
}
"""Several settings by one name. `thrifty`: as many words a second in a quarter of the frames, and a streamer that has
the CPU for a few devices. A profile takes the place of defaults: what is set to something else stays (docs/cost.md)."""

SIGN_IN = ("auth_issuer", "auth_audience", "auth_jwks_url", "auth_client_id", "cognito")
ORIGIN = re.compile(r"\*|https?://[^\s/,*]+")
CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+")


class ConfigError(ValueError):
    """A setting that cannot be deployed; the message names it and says what would do."""


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """How much of Lambda one function gets."""

    memory_mb: int = number(
        512, low=128, high=10_240, who=(), doc="memory, and with it CPU: 1,769 MB is one whole CPU"
    )  # Lambda quota
    concurrency: int | None = number(
        None,
        low=1,
        high=100_000,
        who=(),
        doc="reserved concurrency, a share of the account's and a cap at once; nothing reserves none. Lambda keeps 100 "
        "unreserved, and a new account's whole quota is 10: such an account cannot reserve any",
    )


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """A token bucket of API Gateway, at most its default account quotas."""

    rate_per_s: int = number(1_000, low=1, high=10_000, name="per_s", who=(), doc="frames a second in the long run")
    burst: int = number(2_000, low=1, high=5_000, who=(), doc="as many at once")


@dataclass(frozen=True, kw_only=True)
class Config(Choices):
    """Everything that one deployment of the stack may choose; `SETTINGS` has names, defaults and bounds."""

    stack_name: str = text(
        "Chat",
        form=r"[A-Za-z][A-Za-z0-9-]{0,47}",
        wanted="a letter, then up to 47 letters, digits and dashes",
        who=(),
        doc="the stack's name, and the beginning of its resources' names",
    )
    profile: str = choice(*PROFILES, who=(), doc="several settings by one name: [cost.md](cost.md)")
    model_secrets_prefix: str = text(
        "serverless-socketio",
        form=r"[A-Za-z0-9][A-Za-z0-9._/-]{0,98}[A-Za-z0-9]",
        wanted="a name such as serverless-socketio",
        who=(),
        doc="secrets that the streamer may read: parameters under `/prefix/`, secrets whose names begin with `prefix/`",
    )
    model_secrets_key_arn: str = text(
        form=r"|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+",
        wanted="the ARN of a KMS key, or nothing",
        who=(),
        doc="the KMS key that they are encrypted with, if it is one of yours",
    )
    bedrock_model_arns: tuple[str, ...] = words(
        form=r"arn:aws[a-z-]*:bedrock:[a-z0-9*-]*:(\d{12})?:[a-z-]+/[A-Za-z0-9.:*/_-]+",
        wanted="ARNs of Bedrock models or inference profiles with commas between, or nothing",
        who=(),
        doc="what the streamer may call, with commas between",
    )
    agents: tuple[str, ...] = words(
        who=(),
        doc="agents of your own, folders and wheels with commas between, for the streamer alone: "
        "[agents.md](agents.md); the demo's is `examples/companion`",
    )
    connect: FunctionSize = FunctionSize()
    message: FunctionSize = FunctionSize()
    presence: FunctionSize = FunctionSize()
    streamer: FunctionSize = FunctionSize()
    sweeper: FunctionSize = FunctionSize()
    emitter: FunctionSize = FunctionSize()
    push: FunctionSize = FunctionSize()
    sender: FunctionSize = FunctionSize()
    polling: FunctionSize = FunctionSize(memory_mb=256)
    frames: Literal["sync", "async"] = choice(
        "sync",
        "async",
        who=(),
        doc="`async`: a frame that Lambda refuses waits, and disconnects no client; not tried on live AWS, and not "
        "with `answer_in_response`: [limits.md](limits.md#what-lambda-refuses)",
    )
    throttle: Throttle = Throttle()
    connect_throttle: Throttle = Throttle(rate_per_s=300, burst=500)
    function_aliases: bool = flag(
        default=False,
        who=(),
        doc="whether each deployment publishes a version of every function that it changes, and the alias `live` leads "
        "to the newest: a way back within seconds ([deploy.md](deploy.md#the-way-back))",
    )
    native_routes: bool = flag(
        default=True,
        who=(),
        doc="whether `presence:*` and `push:*` of native clients are routes with functions of their own; `false`: "
        "Message takes them, by `$default`",
    )
    web_site: bool = flag(
        default=True,
        who=(),
        doc="`false`: no bucket, no distribution, which are a stack of their own, `{stack_name}-site`; clients use "
        "the API's own address",
    )
    site_price_class: str = choice(
        "100",
        "200",
        "all",
        who=(),
        doc="`100`: Europe and North America; `200`: most of Asia, Africa and the Middle East too; `all`",
    )
    site_domain: str = text(
        form=r"|(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        wanted="a name such as chat.example.com, or nothing",
        who=(),
        doc="a name of your own; make it an alias of the output `SiteDomain`",
    )
    site_certificate_arn: str = text(who=(), doc="its certificate, from ACM in us-east-1, where CloudFront looks")
    site_web_acl_arn: str = text(
        form=r"|arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global/webacl/[A-Za-z0-9_-]+/[0-9a-f-]+",
        wanted="the ARN of a web ACL for CloudFront, or nothing",
        who=(),
        doc="a web ACL of WAF for CloudFront, in us-east-1",
    )
    site_access_log: bool = flag(
        default=False,
        who=(),
        doc="whether CloudFront logs each request, without query strings, cookies and addresses; in us-east-1 alone, "
        "and not tried on live AWS",
    )
    auth_client_id: str = text(
        env=("AUTH_CLIENT_ID",),
        form=r"[^\s,]{0,255}",
        wanted="a client's id, or nothing",
        at_synthesis=True,
        who=(),
        doc="the id that the page has at the issuer; without one it offers no sign-in",
    )
    auth_scope: str = text(
        "openid", env=("AUTH_SCOPE",), at_synthesis=True, who=(), doc="what the page asks the issuer for"
    )
    auth_origins: tuple[str, ...] = words(
        env=("AUTH_ORIGINS",),
        at_synthesis=True,
        form=r"https://[a-z0-9.-]+(:\d{1,5})?",
        wanted="origins such as https://oauth2.example.com with commas between, or nothing",
        who=(),
        doc="origins of the issuer's endpoints that differ from the issuer's own, for the page's policy",
    )
    cognito: str = text(
        form=r"|new|[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+",
        wanted="new, the id of a user pool such as eu-central-1_AbCdEf123, or nothing",
        who=(),
        doc="`new`: the stack makes a Cognito user pool and signs in by it; the id of one of yours: by that "
        "([sign-in.md](sign-in.md)). In place of `auth_issuer`, `auth_audience` and `auth_client_id`",
    )
    page_url: str = text(
        form=r"|https://[a-z0-9.-]+",
        wanted="the page's origin, such as https://chat.example.com, or nothing",
        who=(),
        doc="where a Cognito user pool leads back to; `make deploy` finds it out and passes it",
    )
    keep_data: bool = flag(default=True, who=(), doc="whether the conversations stay when the stack is deleted")
    log_level: str = choice("DEBUG", "INFO", "WARNING", "ERROR", default="INFO", doc="the least level that is logged")
    log_retention_days: int = choice(  # those of CloudWatch that make sense here
        *(1, 3, 7, 14, 30, 90, 180, 365), default=30, who=(), doc="days that logs are kept"
    )
    api_gateway_log_role: bool = flag(
        default=True, who=(), doc="whether the stack sets API Gateway's role for logs, which the account has one of"
    )
    alarms: bool = flag(default=True, who=(), doc="`false`: no alarms ([operations.md](operations.md))")
    alarm_topic_arn: str = text(
        form=r"|arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}",
        wanted="the ARN of an SNS topic, or nothing",
        who=(),
        doc="the SNS topic that alarms tell when they go, and when it is over",
    )
    hourly_budget_cents: int = number(
        100, low=1, high=1_000_000, who=(), doc="what an hour may cost, in US cents, before an alarm goes"
    )
    dashboard: bool = flag(default=True, who=(), doc="`false`: no dashboard of CloudWatch's")
    bundle_for: Literal["lambda", "local"] = choice(
        "lambda", "local", who=(), doc="whether layers are built for Lambda or for this machine's interpreter"
    )
    local_api_id: str = text(
        form=r"[a-z0-9]{0,32}",
        wanted="up to 32 small letters and digits, or nothing",
        who=(),
        doc="the API's id in a local engine",
    )

    @property
    def site_stack_name(self) -> str:
        """Name of the page's stack."""
        return f"{self.stack_name}-site"

    @property
    def has_issuer(self) -> bool:
        """Whether tokens are accepted beside API keys."""
        return bool(self.auth_issuer or self.cognito)

    @property
    def vapid_parameter(self) -> str:
        """Name of the encrypted parameter with the private key: not under the prefix that agents' secrets have."""
        return f"/{self.model_secrets_prefix}-push/{self.stack_name}/vapid-private-key"

    def environment(self, function: str) -> dict[str, str]:
        """Return what a function is told of the choices, by its name in small letters."""
        return {
            setting.env[0]: setting.write(getattr(self, setting.name))
            for setting in declared(Config)
            if setting.is_told(function)
        }


def is_group(default: Any) -> TypeGuard[FunctionSize | Throttle]:
    """Whether a field's default is a group of settings."""
    return isinstance(default, FunctionSize | Throttle)


def _settings() -> Iterator[Setting]:
    """Yield every setting. A field whose default is a group of them stands for `field_setting` of each."""
    for each in fields(Config):
        if is_group(each.default):
            for part in fields(each.default):
                setting: Setting = part.metadata[DECLARED]
                name = f"{each.name}_{setting.name or part.name}"
                yield replace(setting, name=name, default=getattr(each.default, part.name))
    yield from declared(Config)


SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _settings()}
"""Everything that a deployment may choose, by the key of the context."""
FROM_ENVIRONMENT = {name: setting.env for name, setting in SETTINGS.items() if setting.at_synthesis}
"""Settings that the environment may have at synthesis, too: of these names, the first that says something wins."""


def read(context: Context, environment: Mapping[str, str]) -> Config:
    """Return the checked settings, or raise ConfigError for the first that cannot be deployed."""
    given = _Given(context, environment)
    given.take_profile()
    _check_answers(given)
    bundle_for, site_domain, public_key = map(given.value, ("bundle_for", "site_domain", "vapid_public_key"))
    _check_sign_in({key: given.value(key) for key in SIGN_IN}, bundle_for)
    own_agents = _agents(given.value("agents"))
    ruled = {
        "agent_functions": (*given.value("agent_functions"), *agents.functions(own_agents)),
        "allowed_origins": _origins(given.value("allowed_origins")),
        "connection_lifetime_ms": given.value(
            "connection_lifetime_ms", high=longest_lifetime_ms(given.value("ping_interval_ms"))
        ),
        "vapid_public_key": _public_key(public_key),  # without one, web push is off
        "vapid_subject": _subject(given.value("vapid_subject"), examples=bundle_for == "local") if public_key else "",
        "push_hosts": _hosts(given.value("push_hosts")),
        "web_site": given.value("web_site") and bundle_for == "lambda",  # a local engine serves the page itself
        "site_certificate_arn": _certificate(given.value("site_certificate_arn"), site_domain),
    }
    return Config(**{each.name: ruled[each.name] if each.name in ruled else given.of(each) for each in fields(Config)})


def _check_sign_in(said: Mapping[str, Any], bundle_for: str) -> None:
    """Refuse what would let no client in, or be looked for in vain."""
    issuer, audience = said["auth_issuer"], said["auth_audience"]
    if said["cognito"]:
        for key in ("auth_issuer", "auth_audience", "auth_jwks_url", "auth_client_id"):
            if said[key]:
                _refuse(key, str(said[key]), "nothing where cognito is given, which has one of its own")
        return
    if issuer and not audience:
        _refuse("auth_audience", "", f"whom {issuer} makes tokens for: without it, none would be accepted")
    for key in ("auth_audience", "auth_jwks_url", "auth_client_id"):
        if said[key] and not issuer:
            _refuse(key, str(said[key]), "nothing unless auth_issuer is given")
    for key in ("auth_issuer", "auth_jwks_url"):
        if said[key].startswith("http:") and bundle_for == "lambda":
            _refuse(key, said[key], "https, outside of a local engine")


def _agents(names: tuple[str, ...]) -> tuple[Path, ...]:
    """Return where a deployment's own agents come from, or raise ConfigError."""
    for name in names:
        if not agents.is_source(name):
            _refuse("agents", name, agents.WANTED)
    return agents.sources(names)


def longest_lifetime_ms(ping_interval_ms: int) -> int:
    """Return how old a connection may become: its age is looked at once an interval, and two ticks may be missed."""
    return LIFETIME_LIMIT_MS - ping_interval_ms - 3 * TICK_MS


def defaults() -> dict[str, Any]:
    """Return the text of every setting's default, and the context of `cdk.json`, which may deviate."""
    context: dict[str, Any] = json.loads(CDK_JSON.read_text())["context"]
    return {name: setting.write(setting.default) for name, setting in SETTINGS.items()} | context


def pair(item: str) -> tuple[str, str]:
    """Return key and value of a `-c`, or raise ConfigError."""
    key, separator, value = item.partition("=")
    if not separator:
        raise ConfigError(f"-c {item} has no value: write {item}=…")
    return key, value


class _Given:
    """What is given, one setting at a time. The command line gives strings, `cdk.json` also numbers and booleans."""

    def __init__(self, context: Context, environment: Mapping[str, str]) -> None:
        self._context = context
        self._environment = environment
        self._profile: dict[str, int] = {}

    def take_profile(self) -> None:
        """From now on, let the profile's values stand in place of defaults."""
        values = PROFILES[self.value("profile")]
        self._profile = {key: value for key, value in values.items() if self._text(key) == str(SETTINGS[key].default)}

    def of(self, field: Field[Any]) -> Any:
        """Return the value of a field, of every part if it is a group."""
        if not is_group(field.default):
            return self.value(field.name)
        parts = {part.name: part.metadata[DECLARED].name or part.name for part in fields(field.default)}
        return replace(field.default, **{part: self.value(f"{field.name}_{key}") for part, key in parts.items()})

    def value(self, key: str, **rules: Any) -> Any:
        """Return the value of a setting, whose rules may be stricter in this deployment. Raises ConfigError."""
        try:
            return replace(SETTINGS[key], **rules).parse(self._text(key))
        except UnfitError as exc:
            _refuse(key, exc.text, str(exc))

    def _text(self, key: str) -> str:
        setting = SETTINGS[key]
        said = [self._environment[name] for name in setting.env if name in self._environment]
        if setting.at_synthesis and said:
            return next(filter(None, said), "")
        value = self._profile.get(key, self._context(key))
        return setting.write(setting.default if value is None else value)


def _check_answers(given: _Given) -> None:
    if given.value("frames") == "async" and given.value("answer_in_response"):
        wanted = (
            "false with frames=async: API Gateway does not wait for what a function returns there, so acks are posted"
        )
        _refuse("answer_in_response", "true", wanted)


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            wanted = "`*`, or origins such as https://chat.example.com with commas between, no path"
            _refuse("allowed_origins", origin, wanted)
    return origins


def _certificate(arn: str, domain: str) -> str:
    key = "site_certificate_arn"
    if domain and not CERTIFICATE.fullmatch(arn):
        _refuse(key, arn, f"the ARN of a certificate for {domain} in us-east-1, where CloudFront looks for it")
    return arn if domain or not arn else _refuse(key, arn, "nothing unless site_domain is given")


def _public_key(key: str) -> str:
    try:
        return vapid.public_key(key) if key else ""
    except ValueError as exc:  # its text is not repeated: it may be the private key
        raise ConfigError(f"vapid_public_key is {exc}, but must be {vapid.PUBLIC_WANTED}") from exc


def _subject(subject: str, *, examples: bool) -> str:
    if vapid.is_subject(subject, examples=examples):
        return subject
    _refuse("vapid_subject", subject, vapid.SUBJECT_WANTED)


def _hosts(names: tuple[str, ...]) -> tuple[str, ...]:
    patterns = tuple(name.lower() for name in names)
    for pattern in patterns:
        if not hosts.is_pattern(pattern):
            wanted = "public names such as push.your-domain or *.your-domain, with commas between"
            _refuse("push_hosts", pattern, wanted)
    return patterns


def _refuse(key: str, value: str, wanted: str) -> NoReturn:
    raise ConfigError(f"{key} is {value!r}, but must be {wanted}")
