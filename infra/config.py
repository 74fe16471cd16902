"""What a deployment can choose: the context of `cdk.json`, checked and typed.

`cdk.json` holds every default, `-c key=value` overrides one, and a few settings may also come from the environment at
synth or from `.env`, because `make run` and pipelines have them there. A value that would fail only in production fails
here.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from infra import hosts, vapid

DEFAULTS = Path(__file__).parents[1] / "cdk.json"

Context = Callable[[str], object]
"""Looks up a context key: `None` when it is not there. `Node.try_get_context` is one."""

FROM_ENVIRONMENT = {
    "enable_websockets": ("ENABLE_WEBSOCKETS",),
    "allowed_origins": ("ALLOWED_ORIGINS",),
    "vapid_public_key": ("VAPID_PUBLIC_KEY", "NEXT_PUBLIC_VAPID_PUBLIC_KEY"),
    "vapid_subject": ("VAPID_SUBJECT",),
    "push_hosts": ("PUSH_HOSTS",),
}
"""Settings that the environment may have, too, by any of these names: the first that says something wins."""
TICK_MS = 10_000
"""The sweeper looks for due pings this often, so an interval is a whole number of ticks."""

LAMBDA_MEMORY_MB = (128, 10_240)  # Lambda quota
API_GATEWAY_PER_S = (1, 10_000)  # API Gateway's default account quota of requests a second
API_GATEWAY_BURST = (1, 5_000)  # the same, burst
IDLE_LIMIT_MS = 600_000  # API Gateway closes a connection that was silent for ten minutes
LIFETIME_LIMIT_MS = 7_200_000  # API Gateway closes a connection that is two hours old
LIFETIME_LEAST_MS = 1_200_000  # twice the ten minutes before a lifetime's end over which connections are ended
ANSWER_MS = 230_000  # a live answer ends with its workflow's execution, at 4 minutes
LOG_RETENTION_DAYS = (1, 3, 7, 14, 30, 90, 180, 365)  # those of CloudWatch that make sense here

ORIGIN = re.compile(r"\*|https?://[^\s/,*]+")
STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,47}")
SECRETS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,98}[A-Za-z0-9]")
KMS_KEY = re.compile(r"|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
BEDROCK = re.compile(r"arn:aws[a-z-]*:bedrock:[a-z0-9*-]*:(\d{12})?:[a-z-]+/[A-Za-z0-9.:*/_-]+")
API_ID = re.compile(r"[a-z0-9]{0,32}")
DOMAIN = re.compile(r"|(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+")
WEB_ACL = re.compile(r"|arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global/webacl/[A-Za-z0-9_-]+/[0-9a-f-]+")


class ConfigError(ValueError):
    """A setting that cannot be deployed; the message names it and says what would do."""


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """How much of Lambda one function gets.

    Attributes:
        memory_mb: Memory, and with it CPU: 1,769 MB is one whole CPU.
        concurrency: Reserved concurrency, a share of the account's and a cap at once. `None` reserves nothing. Lambda
            keeps 10 unreserved, and a new account's whole quota is 10: such an account cannot reserve any.
    """

    memory_mb: int
    concurrency: int | None


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """A token bucket of API Gateway: `rate_per_s` in the long run, `burst` at once."""

    rate_per_s: int
    burst: int


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that one deployment of the stack may choose; `cdk.json` has the names and defaults."""

    stack_name: str
    enable_websockets: bool
    allowed_origins: str
    answer_in_response: bool
    ping_interval_ms: int
    ping_timeout_ms: int
    connection_lifetime_ms: int
    large_room: int
    chunk_size: int
    chunk_delay_ms: int
    max_frame_bytes: int
    model_first_ms: int
    model_idle_ms: int
    model_alive_ms: int
    model_secrets_prefix: str
    model_secrets_key_arn: str
    bedrock_model_arns: tuple[str, ...]
    vapid_public_key: str
    vapid_subject: str
    push_hosts: tuple[str, ...]
    recovery_window_ms: int
    recovery_log_max: int
    connect: FunctionSize
    message: FunctionSize
    presence: FunctionSize
    streamer: FunctionSize
    sweeper: FunctionSize
    emitter: FunctionSize
    push: FunctionSize
    sender: FunctionSize
    throttle: Throttle
    connect_throttle: Throttle
    web_site: bool
    site_price_class: str
    site_domain: str
    site_certificate_arn: str
    site_web_acl_arn: str
    keep_data: bool
    log_level: str
    log_retention_days: int
    api_gateway_log_role: bool
    bundle_for: Literal["lambda", "local"]
    local_api_id: str

    @property
    def vapid_parameter(self) -> str:
        """Name of the encrypted parameter with the private key: not under the prefix that agents' secrets have."""
        return f"/{self.model_secrets_prefix}-push/{self.stack_name}/vapid-private-key"


def read(context: Context, environment: Mapping[str, str]) -> Config:
    """Return the checked settings, or raise ConfigError for the first that cannot be deployed."""
    settings = _Reader(context, environment)
    public_key = settings.public_key("vapid_public_key")  # without one, web push is off
    bundle_for: Literal["lambda", "local"] = (
        "local" if settings.choice("bundle_for", "lambda", "local") == "local" else "lambda"
    )
    site_domain = settings.text("site_domain", DOMAIN, "a name such as chat.example.com, or nothing")
    ping_interval_ms = settings.number("ping_interval_ms", TICK_MS, IDLE_LIMIT_MS - 6 * TICK_MS, multiple_of=TICK_MS)
    return Config(
        stack_name=settings.text("stack_name", STACK_NAME, "a letter, then up to 47 letters, digits and dashes"),
        enable_websockets=settings.flag("enable_websockets"),
        allowed_origins=settings.origins("allowed_origins"),
        answer_in_response=settings.flag("answer_in_response"),
        ping_interval_ms=ping_interval_ms,
        ping_timeout_ms=settings.number("ping_timeout_ms", 2 * TICK_MS, IDLE_LIMIT_MS),  # two ticks may be missed
        connection_lifetime_ms=settings.number(
            "connection_lifetime_ms", LIFETIME_LEAST_MS, LIFETIME_LIMIT_MS - ping_interval_ms - 3 * TICK_MS
        ),  # looked at once an interval, and two ticks may be missed
        large_room=settings.number("large_room", 1, 1_000),
        chunk_size=settings.number("chunk_size", 1, 1_000),
        chunk_delay_ms=settings.number("chunk_delay_ms", 0, 60_000),
        max_frame_bytes=settings.number("max_frame_bytes", 4_096, 120_000),  # API Gateway refuses posts above 128 KB
        model_first_ms=settings.number("model_first_ms", 100, ANSWER_MS),
        model_idle_ms=settings.number("model_idle_ms", 100, ANSWER_MS),
        model_alive_ms=settings.number("model_alive_ms", 100, ANSWER_MS),
        model_secrets_prefix=settings.text("model_secrets_prefix", SECRETS, "a name such as serverless-socketio"),
        model_secrets_key_arn=settings.text("model_secrets_key_arn", KMS_KEY, "the ARN of a KMS key, or nothing"),
        bedrock_model_arns=settings.arns("bedrock_model_arns", BEDROCK),
        vapid_public_key=public_key,
        vapid_subject=settings.subject("vapid_subject", examples=bundle_for == "local") if public_key else "",
        push_hosts=settings.hosts("push_hosts"),
        recovery_window_ms=settings.number("recovery_window_ms", 0, 3_600_000),  # 0: nobody comes back
        recovery_log_max=settings.number("recovery_log_max", 1, 10_000),
        connect=settings.size("connect"),
        message=settings.size("message"),
        presence=settings.size("presence"),
        streamer=settings.size("streamer"),
        sweeper=settings.size("sweeper"),
        emitter=settings.size("emitter"),
        push=settings.size("push"),
        sender=settings.size("sender"),
        throttle=settings.throttle("throttle"),
        connect_throttle=settings.throttle("connect_throttle"),
        web_site=settings.flag("web_site") and bundle_for == "lambda",  # a local engine serves the page itself
        site_price_class=settings.choice("site_price_class", "100", "200", "all"),
        site_domain=site_domain,
        site_certificate_arn=settings.certificate("site_certificate_arn", site_domain),
        site_web_acl_arn=settings.text("site_web_acl_arn", WEB_ACL, "the ARN of a web ACL for CloudFront, or nothing"),
        keep_data=settings.flag("keep_data"),
        log_level=settings.choice("log_level", "DEBUG", "INFO", "WARNING", "ERROR"),
        log_retention_days=int(settings.choice("log_retention_days", *map(str, LOG_RETENTION_DAYS))),
        api_gateway_log_role=settings.flag("api_gateway_log_role"),
        bundle_for=bundle_for,
        local_api_id=settings.text("local_api_id", API_ID, "up to 32 small letters and digits, or nothing"),
    )


def defaults() -> dict[str, Any]:
    """Return the context of `cdk.json`."""
    context: dict[str, Any] = json.loads(DEFAULTS.read_text())["context"]
    return context


def pair(item: str) -> tuple[str, str]:
    """Return key and value of a `-c`, or raise ConfigError."""
    key, separator, value = item.partition("=")
    if not separator:
        raise ConfigError(f"-c {item} has no value: write {item}=…")
    return key, value


class _Reader:
    """Reads one key at a time. The command line gives strings, `cdk.json` numbers and booleans: both are welcome."""

    def __init__(self, context: Context, environment: Mapping[str, str]) -> None:
        self._context = context
        self._environment = environment

    def text(self, key: str, form: re.Pattern[str], wanted: str) -> str:
        value = self._raw(key)
        return value if form.fullmatch(value) else _refuse(key, value, wanted)

    def choice(self, key: str, *allowed: str) -> str:
        value = self._raw(key)
        return value if value in allowed else _refuse(key, value, f"one of {', '.join(allowed)}")

    def flag(self, key: str) -> bool:
        value = self._raw(key).lower()
        return value == "true" if value in {"true", "false"} else _refuse(key, value, "true or false")

    def number(self, key: str, low: int, high: int, *, multiple_of: int = 1) -> int:
        value = self._raw(key)
        if value.isdecimal() and low <= int(value) <= high and int(value) % multiple_of == 0:
            return int(value)
        steps = f", a multiple of {multiple_of}" if multiple_of > 1 else ""
        return _refuse(key, value, f"a whole number from {low} to {high}{steps}")

    def origins(self, key: str) -> str:
        origins = [origin.strip() for origin in self._raw(key).split(",") if origin.strip()]
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                _refuse(key, origin, "`*`, or origins such as https://chat.example.com with commas between, no path")
        return ",".join(origins)

    def arns(self, key: str, form: re.Pattern[str]) -> tuple[str, ...]:
        arns = tuple(arn.strip() for arn in self._raw(key).split(",") if arn.strip())
        for arn in arns:
            if not form.fullmatch(arn):
                _refuse(key, arn, "ARNs of Bedrock models or inference profiles with commas between, or nothing")
        return arns

    def certificate(self, key: str, domain: str) -> str:
        value = self._raw(key)
        if domain and not CERTIFICATE.fullmatch(value):
            _refuse(key, value, f"the ARN of a certificate for {domain} in us-east-1, where CloudFront looks for it")
        return value if domain or not value else _refuse(key, value, "nothing unless site_domain is given")

    def public_key(self, key: str) -> str:
        value = self._raw(key)
        try:
            return vapid.public_key(value) if value else ""
        except ValueError as exc:  # its text is not repeated: it may be the private key
            raise ConfigError(f"{key} is {exc}, but must be {vapid.PUBLIC_WANTED}") from exc

    def subject(self, key: str, *, examples: bool) -> str:
        value = self._raw(key)
        return value if vapid.is_subject(value, examples=examples) else _refuse(key, value, vapid.SUBJECT_WANTED)

    def hosts(self, key: str) -> tuple[str, ...]:
        patterns = tuple(part.strip().lower() for part in self._raw(key).split(",") if part.strip())
        for pattern in patterns:
            if not hosts.is_pattern(pattern):
                _refuse(key, pattern, "public names such as push.your-domain or *.your-domain, with commas between")
        return patterns

    def size(self, function: str) -> FunctionSize:
        key = f"{function}_concurrency"
        return FunctionSize(
            memory_mb=self.number(f"{function}_memory_mb", *LAMBDA_MEMORY_MB),
            concurrency=self.number(key, 1, 100_000) if self._raw(key) else None,
        )

    def throttle(self, key: str) -> Throttle:
        return Throttle(
            rate_per_s=self.number(f"{key}_per_s", *API_GATEWAY_PER_S),
            burst=self.number(f"{key}_burst", *API_GATEWAY_BURST),
        )

    def _raw(self, key: str) -> str:
        given = [self._environment[name] for name in FROM_ENVIRONMENT.get(key, ()) if name in self._environment]
        value = next(filter(None, given), "") if given else self._context(key)
        if value is None:
            raise ConfigError(f"the context has no {key}: cdk.json holds the default of every setting")
        return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _refuse(key: str, value: str, wanted: str) -> NoReturn:
    raise ConfigError(f"{key} is {value!r}, but must be {wanted}")
