"""Everything that is taken from the private names of ministack and hypercorn, in one place.

Nothing else in the project imports either. Both are pinned, `check_versions` refuses another release at start, and
`tests/local/test_borrowed.py` tries each name, so that an upgrade fails there, by name, and not in a running chat.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4

import hypercorn.protocol.h11
import ministack.app
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.protocol.events import Request, StreamClosed
from hypercorn.protocol.ws_stream import ASGIWebsocketState, WSStream
from ministack.core import (
    concurrency,
    iam_actions,
    iam_evaluator,
    lambda_runtime,
    persistence,
    responses,
    router,
    sigv4,
)
from ministack.core.responses import error_response_json
from ministack.services import (
    apigateway,
    cloudwatch,
    cloudwatch_logs,
    dynamodb,
    eventbridge,
    lambda_svc,
    sqs,
    stepfunctions,
)

from local.errors import LocalError
from local.home import write_private

__all__ = ["ASGIWebsocketState", "Config", "Request", "StreamClosed", "WSStream", "serve"]

logger = logging.getLogger(__name__)

CREATED, BAD_REQUEST = 201, 400
RESERVED = "ReservedConcurrentExecutions"
PINNED = {"ministack": "1.5.33", "hypercorn": "0.18."}

Record = dict[str, Any]
Invocation = dict[str, Any]
Owner = tuple[str, str, str]
"""Account, region and id of an API."""
FunctionKey = tuple[str, str, str]
"""Account, region and name of a function."""


class EngineVersionError(LocalError):
    """Another release than the one whose private names are known here."""


def check_versions() -> None:
    """Raise EngineVersionError unless the installed releases are the pinned ones."""
    for package, wanted in PINNED.items():
        if not version(package).startswith(wanted):
            raise EngineVersionError(
                f"{package} {version(package)} is installed, the local engine needs {wanted}: run `uv sync --frozen`"
            )


# The server: hypercorn


def install_stream(stream: type[WSStream]) -> None:
    """Let hypercorn make `stream` of every WebSocket upgrade from now on."""
    hypercorn.protocol.h11.WSStream = stream


# The application and its data: ministack.app, ministack.core.persistence


async def engine_app(scope: Any, receive: Any, send: Any) -> None:
    """The engine as an ASGI application: every AWS service on one port."""
    await ministack.app.app(scope, receive, send)


@dataclass(frozen=True)
class Call:
    """A request to an AWS service.

    Attributes:
        raw_path: Its path as sent, which is what was signed.
        headers: Names in lower case.
    """

    method: str
    raw_path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def path(self) -> str:
        """The path with its escapes undone."""
        return unquote(self.raw_path)


Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body."""

LOOPBACK = "127.0.0.1"
TABLES = ("DynamoDB_20120810.", "DynamoDBStreams_20120810.")
"""How `x-amz-target` begins in DynamoDB's JSON protocol."""


async def answer(call: Call) -> Reply | None:
    """Answer a call of a table or about a connection as `engine_app` does; `None` if it is about something else.

    What `engine_app` does before it looks at the path is done here too, in the context of the caller: whose account
    and region it is, and what was signed. A call counts as one over TLS, as the edge has it for all.
    """
    headers = {name.decode("latin-1"): sigv4.decode_header_value(value) for name, value in call.headers}
    if headers.get("x-amz-target", "").startswith(TABLES) and call.method == "POST":
        serve = ministack.app._dispatch_service_request
    elif "/@connections/" in call.path:
        serve = _serve_connections
    else:
        return None
    query = parse_qs(call.query, keep_blank_values=True) if call.query else {}
    _callers.set({})
    responses.set_request_client_ip(LOOPBACK)
    iam_evaluator.pin_request_origin(LOOPBACK, True)
    if key := router.extract_access_key_id(headers, query):
        responses.set_request_account_id(ministack.app._request_account_scope(key))
    responses.set_request_region(router.extract_region(headers, query))
    iam_evaluator.pin_signed_request(call.method, call.raw_path, query, call.headers)
    iam_evaluator.pin_signed_body(call.body)
    reply: Reply = await serve(call.method, call.path, headers, call.body, query, str(uuid4()))
    return reply


async def _serve_connections(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]], request_id: str
) -> Reply:
    found = await ministack.app._handle_execute_api_request(headers.get("host", ""), path, method, headers, body, query)
    reply: Reply = ministack.app._with_data_plane_headers(found, request_id, wildcard_cors=False)
    return reply


def save() -> None:
    """Write the state of every service to its own file, each replaced as a whole. Raises if one cannot be written.

    The engine's own function goes on after a failure and reports nothing, and it takes three times as long: `json.dump`
    does without the encoder in C that `json.dumps` has.
    """
    for service, get_state in ministack.app._build_persistence_save_dict().items():
        state = get_state()
        if state is not None:
            wrapped = {"__ministack_format__": persistence._state_format_version(service), "payload": state}
            text = json.dumps(wrapped, default=persistence._json_default)
            write_private(Path(persistence.STATE_DIR) / f"{service}.json", text)


def after_loading(then: Callable[[], None]) -> None:
    """Do `then` once the engine has its saved state and before anything, its own pollers included, looks at it."""
    load = ministack.app._load_persisted_state
    start_polling = lambda_svc._ensure_poller

    def load_all() -> None:
        lambda_svc._ensure_poller = lambda: None
        try:
            load()
            then()
        finally:
            lambda_svc._ensure_poller = start_polling
        if lambda_svc._esms.has_any():
            start_polling()

    ministack.app._load_persisted_state = load_all


Handler = Callable[[str, str, Mapping[str, str], bytes, Mapping[str, Any]], Awaitable[tuple[Any, ...]]]
"""A service of the engine: method, path, headers, body, query to status, headers, body."""


def wrap_services(wrap: Callable[[str, Handler], Handler]) -> None:
    """Put `wrap` around what answers the requests of each service.

    Of those that are called often it is the module's own function, which may also be called past the engine's table.
    """
    handlers = ministack.app.SERVICE_HANDLERS
    for service, module in (("dynamodb", dynamodb), ("sqs", sqs)):
        module.handle_request = wrap(service, module.handle_request)
    for service in handlers.keys() - {"dynamodb", "sqs"}:
        handlers[service] = wrap(service, handlers[service])


def forget_history(keep: int) -> None:
    """Drop all but the newest log streams of a group and ended executions: the engine keeps them for ever."""
    for group in list(cloudwatch_logs._log_groups._data.values()):
        streams = group["streams"]
        for name in list(streams)[: max(0, len(streams) - keep)]:
            streams.pop(name, None)
    executions = stepfunctions._executions._data
    ended = [key for key, execution in list(executions.items()) if execution["status"] != "RUNNING"]
    for key in ended[: max(0, len(ended) - keep)]:
        executions.pop(key, None)


# The data of API Gateway: ministack.services.apigateway


def websocket_apis() -> Iterator[tuple[Owner, Record]]:
    """Yield each WebSocket API with its owner."""
    for owner, api in list(apigateway._apis.all_items()):
        if api.get("protocolType") == "WEBSOCKET":
            yield owner, api


def http_apis() -> Iterator[Owner]:
    """Yield the owner of each HTTP API."""
    for owner, api in list(apigateway._apis.all_items()):
        if api.get("protocolType") == "HTTP":
            yield owner


def stages(owner: Owner) -> Mapping[str, Record]:
    """Return an API's stages by name."""
    return _of(apigateway._stages, owner)


def routes(owner: Owner) -> Mapping[str, Record]:
    """Return an API's routes by id."""
    return _of(apigateway._routes, owner)


def route_responses(owner: Owner, route_id: str) -> Mapping[str, Record]:
    """Return a route's responses by id."""
    return _of(apigateway._route_responses, owner).get(route_id, {})


def integrations(owner: Owner) -> Mapping[str, Record]:
    """Return an API's integrations by id."""
    return _of(apigateway._integrations, owner)


def integration_responses(owner: Owner, integration_id: str) -> Mapping[str, Record]:
    """Return an integration's responses by id."""
    return _of(apigateway._integration_responses, owner).get(integration_id, {})


def _of(store: Any, owner: Owner) -> Mapping[str, Record]:
    account, region, api_id = owner
    found: Mapping[str, Record] = store.get_scoped(account, region, api_id, {})
    return found


def register_connection(connection_id: str, record: Record) -> None:
    """Make a connection known to `@connections`: POST, GET and DELETE with IAM stay the engine's."""
    apigateway._ws_connections[connection_id] = record


def forget_connection(connection_id: str) -> None:
    """Let `@connections` answer 410 from now on."""
    apigateway._ws_connections.pop(connection_id, None)


# Functions, in ministack.services.lambda_svc


def function_of(integration_uri: str, owner: Owner) -> Record | None:
    """Return what `execute` runs for an integration, or `None` if the function does not exist."""
    account, region, _ = owner
    ref = apigateway._extract_lambda_ref_from_integration_uri(integration_uri)
    record, config, _name = lambda_svc._get_func_record_for_ref_in_scope(ref, account_id=account, region=region)
    if record is None or config is None:
        return None
    return _qualified(lambda_svc._execution_record_for_config(record, config), ref)


def _qualified(function: Record, ref: str) -> Record:
    """Return a function that remembers by which alias or version it is called, which decides about its settings."""
    _, qualifier = lambda_svc._resolve_name_and_qualifier(ref)
    return {**function, "called_as": qualifier} if qualifier else function


def put_event(function: Record, event: Any) -> None:
    """Invoke a function asynchronously: returns at once; see `replace_asynchronous`."""
    lambda_svc.invoke_async_with_retry(function, event)


def execute(function: Record, event: Mapping[str, Any]) -> Invocation:
    """Run a function as Invoke does, with its concurrency limits, logs and metrics. Blocks for as long as it runs."""
    result: Invocation = lambda_svc._execute_function_with_config_scope(function, event)
    return result


Warm = Callable[[Record, Any, str], Invocation]


def wrap_warm_execution(wrap: Callable[[Warm], Warm]) -> None:
    """Put `wrap` around what runs a function in a warm worker."""
    lambda_svc._execute_function_warm = wrap(lambda_svc._execute_function_warm)


REPEATED = {
    "lambda": ("ESM: Lambda %s failed processing", "Warm worker execution error for %s"),
    "lambda_runtime": ("Lambda %s timed out after %ds",),
}
"""Lines with which the engine's loggers repeat, at length and each time, that a function has failed."""


def leave_out_repeated_failures() -> None:
    """Let the engine not log what the wrapper of the execution learns anyway."""
    for name, lines in REPEATED.items():
        logging.getLogger(name).addFilter(_LeaveOut(lines))


class _LeaveOut(logging.Filter):
    """Drops records of some messages."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        super().__init__()
        self._messages = messages

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith(self._messages)


def name_throttling(error_type: str) -> None:
    """Let the result of a throttled call name its error, as that of a failed one does."""
    refuse = lambda_svc._throttle_response

    def throttled(*reason: Any, **more: Any) -> Invocation:
        result: Invocation = refuse(*reason, **more)
        result["body"]["errorType"] = error_type
        return result

    lambda_svc._throttle_response = throttled


def current(function: Record) -> Record | None:
    """Return what `execute` runs now for a function that was looked up earlier; `None` if it has been deleted.

    A published version is what it was. Of `$LATEST` an event that has waited runs today's code.
    """
    config = function["config"]
    record = lambda_svc._functions.get_scoped(*_function_key(config))
    if record is None or config.get("Version", "$LATEST") != "$LATEST":
        return function if record else None
    now: Record = lambda_svc._execution_record_for_config(
        record, {**record["config"], "FunctionArn": config["FunctionArn"]}
    )
    return now


def replace_asynchronous(put: Callable[[Record, Any], None]) -> None:
    """Let `put` take asynchronous invocations, those of rules and schedules too, which the engine would not retry."""

    def dispatch(arn: str, payload: str) -> None:
        record, config, name = lambda_svc._get_func_record_for_ref(arn)
        if record and config:
            put(_qualified(lambda_svc._execution_record_for_config(record, config), arn), _event_of(payload))
        else:
            logger.warning("The function %s of an event does not exist", name)

    lambda_svc.invoke_async_with_retry = put
    eventbridge._dispatch_to_lambda = dispatch


def _event_of(payload: str) -> Any:
    try:
        return json.loads(payload)
    except (TypeError, ValueError):
        return {"body": payload}


# Concurrency, in ministack.services.lambda_svc


def reservations() -> dict[FunctionKey, int]:
    """Return what each function has reserved; functions without a reservation are left out."""
    every = list(lambda_svc._functions._data.items())
    return {key: int(record["concurrency"]) for key, record in every if record.get("concurrency") is not None}


def replace_concurrency(acquire: Callable[[FunctionKey], str | None], release: Callable[[FunctionKey], None]) -> None:
    """Let `acquire` decide whether one more execution may start: it counts it, or names the limit that is reached."""

    def acquire_slot(_function: Record, config: Record) -> tuple[FunctionKey | None, str | None]:
        key = _function_key(config)
        limit = acquire(key)
        return (None, limit) if limit else (key, None)

    lambda_svc._acquire_execution_slot = acquire_slot
    lambda_svc._release_execution_slot = release


def _function_key(config: Record) -> FunctionKey:
    account, region, name = lambda_svc._inflight_key(config).split(":", 2)
    return account, region, name


def check_reservations(refusal: Callable[[FunctionKey, int], str | None]) -> None:
    """Let PutFunctionConcurrency refuse what `refusal` gives a reason for."""
    put = lambda_svc._put_function_concurrency

    def checked(name: str, request: Record) -> Any:
        wanted = request.get("ReservedConcurrentExecutions", 0)
        if (function := lambda_svc._functions.get(name)) and (
            why := refusal(_function_key(function["config"]), wanted)
        ):
            return error_response_json("InvalidParameterValueException", why, BAD_REQUEST)
        return put(name, request)

    lambda_svc._put_function_concurrency = checked


def gather_wakes(gap_s: float) -> None:
    """Let what feeds functions from queues and streams look `gap_s` after it was woken, and not for each record anew.

    It looks at every mapping each time, in a thread that takes turns with the one that answers all calls.
    """
    wake = concurrency.esm_wake
    set_flag, wait = wake.set, wake.wait

    def set_once() -> None:
        if not wake.is_set():
            set_flag()

    def wait_and_gather(timeout: float | None = None) -> bool:
        woken: bool = wait(timeout)
        if woken:
            time.sleep(gap_s)
        return woken

    wake.set, wake.wait = set_once, wait_and_gather


# Queues, in ministack.services.sqs


def name_queues_alike_on_any_port() -> None:
    """Let a queue's URL not depend on the port: its data is kept by URL and must be found after a start on another."""
    sqs.DEFAULT_PORT = "4566"  # the engine's own default; answers name the port that the caller used
    sqs._CANONICAL_NETLOC = f"{sqs.DEFAULT_HOST}:{sqs.DEFAULT_PORT}"


# Workflows, in ministack.services.stepfunctions

START_DELAY_S = 0.15


class _Unhurried:
    """The module `time`, but for the one sleep with which the engine begins every execution."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        if seconds != START_DELAY_S:
            time.sleep(seconds)


def start_executions_at_once() -> None:
    """Let a workflow begin when it is started. An Express workflow in AWS begins within milliseconds."""
    stepfunctions.time = _Unhurried()


# Templates, in ministack.services.cloudformation.provisioners


def complete_templates() -> None:
    """Let templates have what the engine has for its API's callers alone.

    Responses of routes and of integrations, and reserved concurrency.
    For a deployment: this loads every service there is, most of a second.
    """
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS
    handlers["AWS::ApiGatewayV2::RouteResponse"] = {
        "create": _create_route_response,
        "delete": _delete_route_response,
    }
    handlers["AWS::ApiGatewayV2::IntegrationResponse"] = {
        "create": _create_integration_response,
        "delete": _delete_integration_response,
    }
    function = handlers["AWS::Lambda::Function"]
    handlers["AWS::Lambda::Function"] = {
        **function,
        "create": _reserving_create(function["create"], function["delete"]),
        "update": _reserving_update(function["update"]),
    }
    provisioners._cw_metric_alarm_record = _with_expressions(provisioners._cw_metric_alarm_record)


def _with_expressions(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return what makes an alarm's record, also of an alarm on an expression: its metrics are kept in the record."""

    def made(name: str, properties: Record) -> Any:
        queries = properties.get("Metrics")
        if not queries:
            return make(name, properties)
        first = next(query["MetricStat"] for query in queries if "MetricStat" in query)
        stands_in = {**properties, **first["Metric"], "Period": first["Period"], "Metrics": None}
        return {**make(name, stands_in), "Metrics": queries}

    return made


def _create_route_response(logical_id: str, properties: Record, stack: str) -> tuple[str, Record]:
    api_id = properties["ApiId"]
    route_id = properties["RouteId"].rpartition("/")[2]  # the engine's `Ref` of a route is `api/route`
    wanted = {"routeResponseKey": properties["RouteResponseKey"]}
    status, _, body = apigateway._create_route_response(api_id, route_id, wanted)
    if status != CREATED:
        raise ValueError(f"{logical_id} of {stack} cannot be made: {body!r}")
    return f"{api_id}/{route_id}/{json.loads(body)['routeResponseId']}", {}


def _delete_route_response(physical_id: str, _properties: Record) -> None:
    apigateway._delete_route_response(*physical_id.split("/"))


def _create_integration_response(logical_id: str, properties: Record, stack: str) -> tuple[str, Record]:
    api_id, integration_id = properties["ApiId"], properties["IntegrationId"]
    wanted = {"integrationResponseKey": properties["IntegrationResponseKey"]}
    status, _, body = apigateway._create_integration_response(api_id, integration_id, wanted)
    if status != CREATED:
        raise ValueError(f"{logical_id} of {stack} cannot be made: {body!r}")
    return f"{api_id}/{integration_id}/{json.loads(body)['integrationResponseId']}", {}


def _delete_integration_response(physical_id: str, _properties: Record) -> None:
    apigateway._delete_integration_response(*physical_id.split("/"))


def _reserving_create(create: Callable[..., Any], delete: Callable[..., Any]) -> Callable[..., Any]:
    """Return a creation after which the function has what its template reserves, or which leaves nothing behind."""

    def created(logical_id: str, properties: Record, stack: str) -> Any:
        made = create(logical_id, properties, stack)
        try:
            _reserve(made[0], properties.get(RESERVED))
        except ValueError:
            delete(made[0], properties)
            raise
        return made

    return created


def _reserving_update(update: Callable[..., Any]) -> Callable[..., Any]:
    """Return an update that touches a reservation only if the template does, as CloudFormation."""

    def updated(physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None) -> Any:
        before = lambda_svc._functions.get(physical_id)
        made = update(physical_id, old, new, stack, logical_id=logical_id)
        if new.get(RESERVED) != old.get(RESERVED) or lambda_svc._functions.get(made[0]) is not before:
            _reserve(made[0], new.get(RESERVED))
        return made

    return updated


def _reserve(function: str, wanted: Any) -> None:
    if wanted is None:
        lambda_svc._delete_function_concurrency(function)
        return
    status, _, body = lambda_svc._put_function_concurrency(function, {RESERVED: int(wanted)})
    if status >= BAD_REQUEST:
        raise ValueError(json.loads(body)["message"])


# Permissions, in ministack.core.iam_actions


def rename_actions(names: Mapping[str, str]) -> None:
    """Let requests that the engine would check as one IAM action be checked as another."""
    extract = iam_actions.extract_iam_action

    def renamed(*request: Any, **more: Any) -> str | None:
        action: str | None = extract(*request, **more)
        return names.get(action, action) if action else action

    iam_actions.extract_iam_action = renamed


_body: ContextVar[bytes] = ContextVar("body", default=b"")


def tell_condition(name: str, value: Callable[[str, str, bytes], object]) -> None:
    """Let policies have one more condition key. `value`: of an action on the ARN of a resource, asked for by a body."""
    dispatch, resolve = ministack.app._dispatch_service_request, iam_evaluator._resolve_condition_key

    async def dispatch_told(method: str, path: str, headers: Any, body: bytes, *request: Any) -> Any:
        _body.set(body)
        return await dispatch(method, path, headers, body, *request)

    def resolve_told(key: str, context: Any) -> Any:
        told = key.lower() == name
        return value(context.action, context.resource_arn, _body.get()) if told else resolve(key, context)

    ministack.app._dispatch_service_request = dispatch_told
    iam_evaluator._resolve_condition_key = resolve_told


_callers: ContextVar[dict[tuple[str, str], Any] | None] = ContextVar("callers", default=None)


def resolve_callers_once() -> None:
    """Let the engine look up who calls once for each request of the short way, not once for each of its questions."""
    resolve = iam_evaluator.resolve_principal

    def resolve_once(access_key_id: str, account_id: str, credential: Any = None) -> Any:
        known = _callers.get()
        if known is None:
            return resolve(access_key_id, account_id, credential)
        if (access_key_id, account_id) not in known:
            known[access_key_id, account_id] = resolve(access_key_id, account_id, credential)
        return known[access_key_id, account_id]

    iam_evaluator.resolve_principal = resolve_once


def parse_policies_once() -> None:
    """Let the engine keep what it has parsed of a policy: it asks for the same few at every call, twice."""
    parse = iam_evaluator.parse_policy_document
    parsed = lru_cache(maxsize=512)(parse)

    def parse_once(document: str | Record) -> Any:
        return parsed(document) if isinstance(document, str) else parse(document)

    iam_evaluator.parse_policy_document = parse_once


def parse_expressions_once() -> None:
    """Let the engine keep what it has parsed of an expression of tables: a query asks for it once for each item."""
    tokens = lru_cache(maxsize=512)(dynamodb._tokenize)
    dynamodb._tokenize = lambda expression: list(tokens(expression))
    dynamodb._condition_syntax_error = lru_cache(maxsize=512)(dynamodb._condition_syntax_error)


# What workers need to know, in ministack.core.lambda_runtime

Invalidate = Callable[..., None]


def listen_to_invalidation(listener: Invalidate) -> None:
    """Let `listener` hear which function's workers run what they should not, beside the engine's own pool."""
    invalidate = lambda_runtime.invalidate_worker

    def both(*names: Any, **scope: Any) -> None:
        invalidate(*names, **scope)
        listener(*names, **scope)

    for module in (lambda_svc, lambda_runtime):
        module.invalidate_worker = both


def worker_key(function: str, config: Record, qualifier: str) -> str:
    """Return `account:region:function:qualifier`."""
    key: str = lambda_runtime._worker_key(function, config, qualifier)
    return key


def region_of(config: Record) -> str:
    """Return the region of a function."""
    region: str = lambda_runtime._account_region_from_function_config(config)[1]
    return region


def execution_credentials(config: Record) -> dict[str, str]:
    """Return credentials of the function's role, as variables; the engine knows them from now on."""
    found: dict[str, str] = lambda_runtime.execution_credentials(config)
    return found


def layer_content(attached: str | Record) -> bytes | None:
    """Return the zip of a layer as a function's configuration names it."""
    content: bytes | None = lambda_svc._resolve_layer_zip(attached)
    return content


def invocation_variables(config: Record) -> dict[str, str | None]:
    """Return the variables that are one invocation's own; `None`: it has none of that name."""
    trace, depth = lambda_svc._xray_trace_id_for_invocation(config), lambda_svc._invoke_depth.get()
    if depth:  # of an event source there is none
        trace = f"{trace or f'Root=1-{int(time.time()):08x}-{uuid4().hex[:24]};Sampled=0'};Lineage=1:{depth}"
    return {
        "_X_AMZN_TRACE_ID": trace,
        **dict.fromkeys(lambda_runtime.DURABLE_ENV_VARS),
        **lambda_svc._durable_env_overlay(),
    }


LINEAGE = re.compile(r"Lineage=\d+:(\d+)")


def count_chains_by_traces() -> None:
    """Let the engine see a chain of calls that never ends by the trace of each, which every AWS SDK hands on."""
    by_own_header = lambda_svc._inbound_invoke_depth

    def depth(headers: Mapping[str, str]) -> int:
        found = LINEAGE.search(headers.get("x-amzn-trace-id", ""))
        return int(found[1]) if found else int(by_own_header(headers))

    lambda_svc._inbound_invoke_depth = depth


def functions() -> Iterator[tuple[str, Record]]:
    """Yield every function's name and record."""
    for (_account, _region, name), record in list(lambda_svc._functions._data.items()):
        yield name, record


# Metrics and alarms, in ministack.services.cloudwatch


def measure_nothing() -> None:
    """Let services keep no metrics of their own: they are of some invocations only, and kept for two weeks."""
    cloudwatch.record_metric = lambda *_metric, **_more: None


def alarms() -> list[Record]:
    """Return every alarm on metrics."""
    found: list[Record] = cloudwatch._alarms.all_values()
    return found


def judge_alarms(goes: Callable[[Record], bool]) -> None:
    """Let `goes` say whether an alarm goes. The engine takes a metric's values whatever their dimensions are."""

    def evaluate(alarm: Record) -> None:
        before, now = alarm["StateValue"], "ALARM" if goes(alarm) else "OK"
        if before != now:
            alarm |= {"StateValue": now, "StateReason": "Judged by /_local/", "StateUpdatedTimestamp": int(time.time())}
            cloudwatch._record_history(alarm["AlarmName"], before, now, alarm["StateReason"])
            cloudwatch._dispatch_alarm_actions(alarm, before, now, alarm["StateReason"])

    cloudwatch._evaluate_alarm = evaluate


def evaluate_alarms() -> None:
    """Have every alarm judged."""
    cloudwatch._evaluate_all_alarms()


def listen_to_failed_executions(heard: Callable[[str], object]) -> None:
    """Tell `heard` the ARN of a state machine whose execution fails."""
    fail = stepfunctions._fail_execution

    def failing(execution: Record, error: str, cause: str) -> None:
        fail(execution, error, cause)
        heard(execution["stateMachineArn"])

    stepfunctions._fail_execution = failing


# Items, in ministack.services.dynamodb

AnyCallable = Callable[..., Any]
Wrap = Callable[[AnyCallable], AnyCallable]


def wrap_item_writes(set_item: Wrap, remove_item: Wrap, several: Wrap) -> None:
    """Wrap what writes one item, what removes one, and the requests that write several.

    Everything that changes items of a table does so through the first two: requests, workflows, the reaper of expired
    items. Only a PartiQL transaction that is rolled back puts back a whole table.
    """
    dynamodb._set_item = set_item(dynamodb._set_item)
    dynamodb._remove_item = remove_item(dynamodb._remove_item)
    dynamodb._transact_write_items = several(dynamodb._transact_write_items)
    dynamodb._batch_write_item = several(dynamodb._batch_write_item)


def tables() -> Iterator[Record]:
    """Yield every table. Its `items` are by partition key and sort key."""
    yield from dynamodb._tables.all_values()


def set_item(table: Record, partition: str, sort: str, item: Record) -> Record | None:
    """Put an item into a table and its indexes; returns the one that was there. Tells no stream."""
    old: Record | None = dynamodb._set_item(table, partition, sort, item)
    return old


def remove_item(table: Record, partition: str, sort: str) -> Record | None:
    """Take an item out of a table and its indexes; returns it. Tells no stream."""
    old: Record | None = dynamodb._remove_item(table, partition, sort)
    return old


# Streams of tables: ministack.services.dynamodb keeps the records, lambda_svc how far each function has got


def tell_stream(table: Record, old: Record | None, new: Record | None) -> None:
    """Add the record of a change to a table's stream, if it has one."""
    account, region = _scope_of(table["TableArn"])
    with _acting_in(account, region):
        event = "REMOVE" if new is None else "MODIFY" if old else "INSERT"
        dynamodb._emit_stream_event(table["TableName"], event, old, new)


def pending_stream_records() -> dict[str, list[Record]]:
    """Return, by ARN of the table, what a function has still to be told of."""
    pending: dict[str, list[Record]] = {}
    for (account, region, mapping_id), mapping in lambda_svc._esms.all_items():
        table_arn, is_stream, _ = mapping.get("EventSourceArn", "").partition("/stream/")
        position = lambda_svc._dynamodb_stream_positions.get_scoped(account, region, mapping_id)
        if is_stream and position is not None:
            scope = {"account_id": account, "region": region}
            waiting = dynamodb.stream_records_since(table_arn.rpartition("/")[2], position, sys.maxsize, **scope)
            pending[table_arn] = max(pending.get(table_arn, []), waiting, key=len)
    return pending


def restore_streams(pending: Mapping[str, list[Record]]) -> None:
    """Let streams consist of these records, and functions begin with the first.

    The engine saves the positions and not the records that they count, so that after a start it would leave out as
    many as there were before it.
    """
    for table_arn, records in pending.items():
        dynamodb._stream_records.set_scoped(*_scope_of(table_arn), table_arn.rpartition("/")[2], records)
    for account, region, mapping_id in list(lambda_svc._dynamodb_stream_positions.to_dict()):
        lambda_svc._dynamodb_stream_positions.set_scoped(account, region, mapping_id, 0)


def _scope_of(arn: str) -> tuple[str, str]:
    """Return account and region of an ARN."""
    _, _, _, region, account, *_ = arn.split(":")
    return account, region


@contextmanager
def _acting_in(account: str, region: str) -> Iterator[None]:
    tokens = (responses._request_account_id.set(account), responses._request_region.set(region))
    try:
        yield
    finally:
        responses._request_account_id.reset(tokens[0])
        responses._request_region.reset(tokens[1])


# Messages, in ministack.services.sqs

SENDS_AND_DELETES = (
    "_act_send_message",
    "_act_delete_message",
    "_act_delete_message_batch",
    "_delete_messages_for_esm",
    "_dlq_sweep",
    "_expire_retained",
)


def wrap_message_counts(wrap: Wrap, several: Wrap) -> None:
    """Wrap what adds messages to queues or takes them away, but for `_act_purge_queue`; and what sends several by it.

    A destination of S3 or SNS is not among it, nor is a filter of an event source mapping: this stack has neither.
    """
    for name in SENDS_AND_DELETES:
        _wrap_sqs(name, wrap)
    _wrap_sqs("_act_send_message_batch", several)
    lambda_svc._route_async_failure = wrap(lambda_svc._route_async_failure)
    lambda_svc._send_ddb_stream_failure_record = wrap(lambda_svc._send_ddb_stream_failure_record)
    eventbridge._dispatch_to_sqs = wrap(eventbridge._dispatch_to_sqs)


def wrap_purge(wrap: Wrap) -> None:
    """Wrap what empties the queue at the URL that is its second argument."""
    _wrap_sqs("_act_purge_queue", wrap)


def wrap_receives(receive: Wrap, poll: Wrap, change_visibility: Wrap) -> None:
    """Wrap what hides messages and returns them, what does so for a function, and what changes for how long.

    The first takes the queue, the last the request and the queue's URL.
    """
    _wrap_sqs("_collect_msgs", receive)
    _wrap_sqs("_receive_messages_for_esm", poll)
    _wrap_sqs("_act_change_visibility", change_visibility)
    _wrap_sqs("_act_change_visibility_batch", change_visibility)


def queues() -> Iterator[Record]:
    """Yield every queue. Its `messages` are in a list, which may be another one after each change."""
    yield from sqs._queues.all_values()


@dataclass(frozen=True)
class Depth:
    """How full a queue is.

    Attributes:
        visible: Messages that could be received now.
        oldest_s: How long the oldest message has been there, in seconds; 0 without one.
    """

    name: str
    messages: int
    visible: int
    oldest_s: float


def queue_depths() -> Iterator[Depth]:
    """Yield how full each queue is."""
    now = time.time()
    for queue in queues():
        messages = list(queue["messages"])
        visible = sum(message["visible_at"] <= now for message in messages)
        sent = min((message["sent_at"] for message in messages if message["visible_at"] <= now), default=now)
        yield Depth(queue["name"], len(messages), visible, max(0.0, now - sent))


def queue_at(url: str) -> Record:
    """Return the queue that a request means."""
    found: Record = sqs._get_q(url)
    return found


def _wrap_sqs(name: str, wrap: Wrap) -> None:
    original = getattr(sqs, name)
    wrapped = wrap(original)
    setattr(sqs, name, wrapped)
    for action, handler in sqs._HANDLERS.items():
        if handler is original:
            sqs._HANDLERS[action] = wrapped
