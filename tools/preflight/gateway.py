"""What API Gateway has for the account in the region: the role by which it writes logs, and its rates."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.config import Config
from tools.deployed import Stack
from tools.findings import Finding, Kind, Unchecked, ask
from tools.preflight.quotas import NEW_CONNECTIONS, THROTTLE_RATE
from tools.target import Target

LOG_ROLE = "api_gateway_log_role"
NONE_SET = (
    f"-c {LOG_ROLE}=false, but API Gateway has no role for logs here, and no stage with an access log can be made "
    f"without: leave {LOG_ROLE} at true, and this deployment sets one"
)


def read(target: Target) -> Mapping[str, Any]:
    """Return API Gateway's account. Raises Unchecked."""
    account: Mapping[str, Any] = ask(
        "API Gateway's role for logs, and its rates",
        "apigateway:GET on /account",
        lambda: target.client("apigateway").get_account(),
    )
    return account


def check(target: Target, settings: Config, overrides: Mapping[str, str], stack: Stack) -> Iterator[Finding]:
    """Say whose role writes the logs, and where the stack's throttles lie above what the account may."""
    account = read(target)
    yield from _log_role(target, settings, overrides, account, stack)
    limits = account.get("throttleSettings", {})
    rate, burst = settings.throttle.rate_per_s, settings.throttle.burst
    if rate > limits.get("rateLimit", rate):
        asking = THROTTLE_RATE.increase(rate, target.region)
        yield _above(target, "throttle_per_s", rate, int(limits["rateLimit"]), f", or ask for more: {asking}")
    if burst > limits.get("burstLimit", burst):
        yield _above(target, "throttle_burst", burst, int(limits["burstLimit"]), "; AWS raises it with the rate alone")


def connection_rate(target: Target, settings: Config) -> Iterator[Finding]:
    """Say so where `$connect`'s throttle lies above what the account may."""
    wanted, most = settings.connect_throttle.rate_per_s, _connections_per_s(target)
    if wanted > most:
        asking = NEW_CONNECTIONS.increase(wanted, target.region)
        yield _above(target, "connect_throttle_per_s", wanted, most, f", or ask for more: {asking}")


def _log_role(
    target: Target, settings: Config, overrides: Mapping[str, str], account: Mapping[str, Any], stack: Stack
) -> Iterator[Finding]:
    """Say whose role writes the logs.

    The role is one setting for the account and region. It is set only where there is none: another stack's logs may
    hang on it. A stack that has set it keeps it.
    """
    arn = account.get("cloudwatchRoleArn", "")
    if not settings.api_gateway_log_role:
        if not arn:
            yield Finding(Kind.STOP, NONE_SET)
    elif not arn or stack.has("AWS::ApiGateway::Account"):
        return
    elif LOG_ROLE in overrides:
        said = f"-c {LOG_ROLE}=true takes {arn} from the account's other APIs here, which write their logs by it"
        yield Finding(Kind.WARNING, said)
    elif _exists(target, arn):
        said = f"-c {LOG_ROLE}=false is passed: all APIs of the account here write their logs by {arn} already"
        yield Finding(Kind.NOTE, said, {LOG_ROLE: "false"})
    else:
        said = f"API Gateway's role for logs, {arn}, does not exist any more: this deployment sets another"
        yield Finding(Kind.NOTE, said)


def _above(target: Target, name: str, wanted: int, most: int, else_: str) -> Finding:
    return Finding(
        Kind.WARNING,
        f"{name} is {wanted}, but API Gateway lets this account have {most} in {target.region}, all its APIs together: "
        f"what is above is refused, others' requests too. -c {name}={most}{else_}",
    )


def _connections_per_s(target: Target) -> int:
    """How many connections a second may be opened: the account's own number, or the default of the region."""
    quotas = target.client("service-quotas")
    asked = {"ServiceCode": NEW_CONNECTIONS.service, "QuotaCode": NEW_CONNECTIONS.code}
    about = "How many connections a second may be opened"
    try:
        quota = ask(about, "servicequotas:GetServiceQuota", lambda: quotas.get_service_quota(**asked))
    except Unchecked as exc:
        if exc.code != "NoSuchResourceException":
            raise
        default = "servicequotas:GetAWSDefaultServiceQuota"
        quota = ask(about, default, lambda: quotas.get_aws_default_service_quota(**asked))
    return int(quota["Quota"]["Value"])


def _exists(target: Target, arn: str) -> bool:
    """Whether the role is still there: API Gateway does not notice when it is deleted. Who may not ask believes it."""
    name = arn.rpartition("/")[2]
    try:
        ask("Whether the role exists", "iam:GetRole", lambda: target.client("iam").get_role(RoleName=name))
    except Unchecked as exc:
        return exc.code != "NoSuchEntity"
    return True
