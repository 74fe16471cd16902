"""The private names of the pinned engine and server: an upgrade that moves one fails here, by its name."""

import importlib
import inspect
import re
import stat
from pathlib import Path
from typing import Any

import ministack.app
import pytest
from hypercorn.protocol import h11, ws_stream
from ministack.core import lambda_runtime, persistence, responses
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb, eventbridge, lambda_svc, sqs, stepfunctions

from local.engine import borrowed

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
FUNCTIONS = {
    "ministack.app:app": "scope receive send",
    "ministack.app:_build_persistence_save_dict": "",
    "ministack.app:_dispatch_service_request": "method path headers body query_params request_id",
    "ministack.app:_handle_execute_api_request": (
        "host path method headers body query_params raw_path raw_query_string"
    ),
    "ministack.app:_with_data_plane_headers": "response request_id include_s3_id wildcard_cors",
    "ministack.app:_request_account_scope": "access_key_id",
    "ministack.app:_load_persisted_state": "",
    "ministack.core.persistence:_state_format_version": "service",
    "ministack.core.persistence:_json_default": "obj",
    "ministack.core.iam_actions:extract_iam_action": "service method path headers body query_params",
    "ministack.core.lambda_runtime:invalidate_worker": "func_name qualifier account region",
    "ministack.core.iam_evaluator:parse_policy_document": "doc",
    "ministack.core.iam_evaluator:pin_request_origin": "source_ip secure_transport",
    "ministack.core.iam_evaluator:pin_signed_request": "method raw_path query_params raw_headers handshake",
    "ministack.core.iam_evaluator:pin_signed_body": "body",
    "ministack.core.router:extract_access_key_id": "headers query_params",
    "ministack.core.router:extract_region": "headers query_params",
    "ministack.core.lambda_runtime:_account_region_from_function_config": "config",
    "ministack.core.lambda_runtime:execution_credentials": "config",
    "ministack.core.lambda_runtime:_worker_key": "func_name config qualifier",
    "ministack.services.apigateway:_create_route_response": "api_id route_id data",
    "ministack.services.apigateway:_delete_route_response": "api_id route_id rr_id",
    "ministack.services.apigateway:_extract_lambda_ref_from_integration_uri": "uri",
    "ministack.services.cloudformation.provisioners:_cw_metric_alarm_record": "name props",
    "ministack.services.cloudwatch:_dispatch_alarm_actions": "alarm old_state new_state reason",
    "ministack.services.cloudwatch:_evaluate_alarm": "alarm",
    "ministack.services.cloudwatch:_evaluate_all_alarms": "",
    "ministack.services.cloudwatch:_record_history": "alarm_name old_state new_state reason alarm_type reason_data",
    "ministack.services.cloudwatch:record_metric": "namespace metric_name value unit dimensions",
    "ministack.services.dynamodb:handle_request": "method path headers body query_params",
    "ministack.services.dynamodb:_set_item": "table pk_val sk_val item",
    "ministack.services.dynamodb:_remove_item": "table pk_val sk_val",
    "ministack.services.dynamodb:_transact_write_items": "data",
    "ministack.services.dynamodb:_batch_write_item": "data",
    "ministack.services.dynamodb:_emit_stream_event": "table_name event_name old_item new_item replicate",
    "ministack.services.dynamodb:stream_records_since": "table_name position limit account_id region",
    "ministack.services.eventbridge:_dispatch_to_sqs": "spec payload sqs_parameters",
    "ministack.services.lambda_svc:_ensure_poller": "",
    "ministack.services.lambda_svc:_route_async_failure": "target_arn func_name event result",
    "ministack.services.lambda_svc:_send_ddb_stream_failure_record": ("esm func_rec batch stream_arn result condition"),
    "ministack.services.lambda_svc:_get_func_record_for_ref_in_scope": "function_ref account_id region",
    "ministack.services.lambda_svc:_execution_record_for_config": "func config",
    "ministack.services.lambda_svc:_execute_function_with_config_scope": "func event",
    "ministack.services.lambda_svc:_execute_function_warm": "func event request_id",
    "ministack.services.lambda_svc:_resolve_layer_zip": "attachment",
    "ministack.services.lambda_svc:_xray_trace_id_for_invocation": "config inbound_trace_header",
    "ministack.services.lambda_svc:_durable_env_overlay": "",
    "ministack.services.lambda_svc:_throttle_response": "reason_code msg retry_after",
    "ministack.services.sqs:handle_request": "method path headers body query_params",
    "ministack.services.sqs:_get_q": "url action",
    "ministack.services.sqs:_act_send_message": "data qurl",
    "ministack.services.sqs:_act_send_message_batch": "data qurl",
    "ministack.services.sqs:_act_delete_message": "data qurl",
    "ministack.services.sqs:_act_delete_message_batch": "data qurl",
    "ministack.services.sqs:_act_purge_queue": "data qurl",
    "ministack.services.sqs:_act_change_visibility": "data qurl",
    "ministack.services.sqs:_act_change_visibility_batch": "data qurl",
    "ministack.services.sqs:_collect_msgs": "q max_n vis_timeout",
    "ministack.services.sqs:_receive_messages_for_esm": "queue_url max_number",
    "ministack.services.sqs:_delete_messages_for_esm": "queue_url receipt_handles",
    "ministack.services.sqs:_dlq_sweep": "q",
    "ministack.services.sqs:_expire_retained": "q",
    "ministack.services.lambda_svc:_get_func_record_for_ref": "function_ref",
    "ministack.services.lambda_svc:_inflight_key": "config",
    "ministack.services.lambda_svc:_acquire_execution_slot": "func config",
    "ministack.services.lambda_svc:_release_execution_slot": "key",
    "ministack.services.lambda_svc:_put_function_concurrency": "func_name data",
    "ministack.services.lambda_svc:_delete_function_concurrency": "func_name",
    "ministack.services.lambda_svc:invoke_async_with_retry": "func event",
    "ministack.services.eventbridge:_dispatch_to_lambda": "arn payload",
    "ministack.services.stepfunctions:_fail_execution": "execution error cause",
}
STORES = [
    "ministack.services.apigateway:_apis",
    "ministack.services.apigateway:_stages",
    "ministack.services.apigateway:_routes",
    "ministack.services.apigateway:_route_responses",
    "ministack.services.apigateway:_integrations",
    "ministack.services.cloudwatch:_alarms",
    "ministack.services.cloudwatch_logs:_log_groups",
    "ministack.services.dynamodb:_tables",
    "ministack.services.dynamodb:_stream_records",
    "ministack.services.lambda_svc:_functions",
    "ministack.services.lambda_svc:_esms",
    "ministack.services.lambda_svc:_dynamodb_stream_positions",
    "ministack.services.sqs:_queues",
    "ministack.services.stepfunctions:_executions",
]


def named(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def test_the_installed_versions_are_the_pinned_ones() -> None:
    borrowed.check_versions()


def test_another_version_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(borrowed.PINNED, "ministack", "9.9.9")
    with pytest.raises(borrowed.EngineVersionError, match="ministack"):
        borrowed.check_versions()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_what_they_took(name: str) -> None:
    assert " ".join(inspect.signature(named(name)).parameters) == FUNCTIONS[name]


@pytest.mark.parametrize("name", STORES)
def test_stores_are_keyed_by_account_region_and_name(name: str) -> None:
    assert isinstance(named(name), AccountRegionScopedDict)


def test_stores_are_read_as_they_were() -> None:
    store = AccountRegionScopedDict()
    store.set_scoped("account", "region", "key", 1)
    assert list(store.all_items()) == [(("account", "region", "key"), 1)]
    assert store.get_scoped("account", "region", "key") == 1
    assert store._data == {("account", "region", "key"): 1}


def test_templates_are_made_by_a_table_of_handlers() -> None:
    handlers = named("ministack.services.cloudformation.provisioners:_RESOURCE_HANDLERS")
    assert {"create", "delete"} <= handlers["AWS::ApiGatewayV2::Route"].keys()
    parameters = inspect.signature(handlers["AWS::ApiGatewayV2::Route"]["create"]).parameters
    assert " ".join(parameters) == "logical_id props stack_name"


def test_functions_are_made_by_handlers_that_are_extended() -> None:
    handlers = named("ministack.services.cloudformation.provisioners:_RESOURCE_HANDLERS")["AWS::Lambda::Function"]
    parameters = {
        name: " ".join(inspect.signature(handlers[name]).parameters) for name in ("create", "update", "delete")
    }
    assert parameters == {
        "create": "logical_id props stack_name",
        "update": "physical_id old_props new_props stack_name logical_id",
        "delete": "physical_id props",
    }
    assert handlers["update_with_logical_id"]


def test_every_invocation_asks_for_a_slot_and_gives_it_back() -> None:
    source = inspect.getsource(lambda_svc._execute_function)
    assert "slot, limit = _acquire_execution_slot(func, config)" in source
    assert "_release_execution_slot(slot)" in source
    assert 'if limit == "function":' in source
    assert lambda_svc._inflight_key({"FunctionName": "f", "FunctionArn": ARN}) == "000000000000:us-east-1:f"


def test_reservations_are_kept_with_the_function() -> None:
    assert '["concurrency"] = value' in inspect.getsource(lambda_svc._put_function_concurrency)
    for name in ("_put_function_concurrency", "_delete_function_concurrency"):
        assert f"return {name}(" in inspect.getsource(lambda_svc)


def test_asynchronous_invocations_and_rules_take_the_names_that_are_replaced() -> None:
    assert "    invoke_async_with_retry(exec_record, event)" in inspect.getsource(lambda_svc)
    assert "_dispatch_to_lambda(arn, event_payload)" in inspect.getsource(eventbridge)


def test_settings_of_asynchronous_invocations_are_kept_with_the_function() -> None:
    source = inspect.getsource(lambda_svc.invoke_async_with_retry)
    for used in ('func.get("event_invoke_config")', 'func.get("event_invoke_configs")', '"DeadLetterConfig"'):
        assert used in source


def test_the_engine_still_repeats_what_is_left_out_of_its_log() -> None:
    sources = {"lambda": inspect.getsource(lambda_svc), "lambda_runtime": inspect.getsource(lambda_runtime)}
    for name, lines in borrowed.REPEATED.items():
        assert f'getLogger("{name}")' in sources[name]
        assert all(line in sources[name] for line in lines)


def test_stages_keep_their_limits() -> None:
    source = inspect.getsource(named("ministack.services.cloudformation.provisioners:_apigw_v2_stage_props"))
    assert {"defaultRouteSettings", "routeSettings"} <= set(re.findall(r'"(\w+)":', source))


def test_connections_are_a_plain_table() -> None:
    assert type(named("ministack.services.apigateway:_ws_connections")) is dict


def test_a_connection_needs_what_the_edge_registers() -> None:
    source = inspect.getsource(named("ministack.services.apigateway:handle_connections_api"))
    used = {"apiId", "connectedAt", "lastActiveAt", "identity", "outbox", "close_event"}
    assert {name for name in used if f'"{name}"' in source} == used


def test_lambda_hears_of_changed_code_by_names_of_its_own() -> None:
    """The function is replaced in both modules, since one imports it from the other."""
    assert lambda_svc.invalidate_worker is lambda_runtime.invalidate_worker
    assert (
        " ".join(inspect.signature(lambda_runtime.invalidate_worker).parameters) == "func_name qualifier account region"
    )


def test_an_invocation_has_variables_of_its_own() -> None:
    names = {"_X_AMZN_TRACE_ID", *lambda_runtime.DURABLE_ENV_VARS}
    assert dict.fromkeys(names) == borrowed.invocation_variables({})


def test_a_request_is_prepared_as_the_short_way_prepares_it() -> None:
    source = inspect.getsource(named("ministack.app:app"))
    prepared = (
        "set_request_client_ip(",
        "pin_request_origin(",
        "set_request_account_id(_request_account_scope(_access_key) if AUTH",
        "set_request_region(extract_region(headers, query_params))",
        "pin_signed_request(method, raw_path.decode(",
        "await _dispatch_service_request(\n        method, path, headers, body, query_params, request_id",
    )
    assert [part for part in prepared if part not in source] == []
    assert "pin_signed_body(body)" in inspect.getsource(named("ministack.app:_read_request_body"))


def test_queues_are_named_by_a_port_that_can_be_set() -> None:
    assert {"DEFAULT_PORT", "DEFAULT_HOST", "_CANONICAL_NETLOC"} <= set(vars(sqs))
    assert "DEFAULT_PORT" in inspect.getsource(sqs._queue_url_for_account)


def test_executions_still_begin_with_the_sleep_that_is_left_out() -> None:
    assert f"time.sleep({borrowed.START_DELAY_S})" in inspect.getsource(stepfunctions._run_execution)


def test_the_server_makes_its_streams_by_the_name_that_is_replaced() -> None:
    assert "self.stream = WSStream(" in inspect.getsource(h11.H11Protocol._create_stream)
    assert "WSStream" in vars(h11)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("handle", "self event"),
        ("app_send", "self message"),
        ("_accept", "self message"),
        ("_handle_events", "self"),
        ("_send_wsproto_event", "self event"),
    ],
)
def test_streams_have_the_methods_that_the_edge_extends(method: str, parameters: str) -> None:
    assert " ".join(inspect.signature(getattr(ws_stream.WSStream, method)).parameters) == parameters


def test_streams_have_the_attributes_that_the_edge_reads() -> None:
    source = inspect.getsource(ws_stream.WSStream.__init__)
    for name in ("app_put", "closed", "state", "send", "stream_id", "connection", "handshake"):
        assert f"self.{name}" in source
    assert "self.handshake.accept(" in inspect.getsource(ws_stream.WSStream._accept)
    assert "self.extensions" in inspect.getsource(ws_stream.Handshake.accept)


def lines_with(module: Any, pattern: str) -> set[str]:
    """Return the functions in whose source a pattern is."""
    functions = inspect.getmembers(module, inspect.isfunction)
    own = [(name, function) for name, function in functions if function.__module__ == module.__name__]
    return {name for name, function in own if re.search(pattern, inspect.getsource(function))}


def test_items_change_only_in_the_functions_that_are_noted() -> None:
    """A replica and a restored table are new; a PartiQL transaction, like these, is answered after a snapshot."""
    replaced = lines_with(dynamodb, r'\["items"\] = ')
    assert replaced == {
        "_create_replica",
        "_execute_transaction",
        "_restore_state",
        "_restore_table_from_backup",
        "_restore_table_to_point_in_time",
    }
    assert lines_with(dynamodb, r"sk_map\.pop\(|items.*\.setdefault\(pk_val") == {"_set_item", "_remove_item"}


def test_messages_come_and_go_only_in_the_functions_that_are_noted() -> None:
    changed = lines_with(sqs, r'\["messages"\]( = |\.(append|remove|clear|pop))')
    assert changed == set(borrowed.SENDS_AND_DELETES) | {"_act_purge_queue"}
    assert lines_with(eventbridge, r'\["messages"\]\.append') == {"_dispatch_to_sqs"}
    mapped = {"_route_async_failure", "_send_ddb_stream_failure_record"}
    filtered = {
        "_poll_sqs"
    }  # what an event source mapping's filter drops comes back after a kill, and is dropped again
    assert lines_with(lambda_svc, r'\["messages"\]\.(append|remove)') == mapped | filtered


def test_messages_are_hidden_only_in_the_functions_that_are_noted() -> None:
    hidden = lines_with(sqs, r'm\["(visible_at|receipt_handle)"\] = ')
    assert hidden == {"_collect_msgs", "_collect_fifo", "_act_change_visibility", "_act_change_visibility_batch"}


def test_several_messages_are_sent_by_the_function_that_sends_one() -> None:
    assert "_act_send_message(" in inspect.getsource(sqs._act_send_message_batch)


def test_requests_find_their_function_when_they_come() -> None:
    """A table of handlers made in advance would have the functions that are replaced."""
    assert '"TransactWriteItems": _transact_write_items' in inspect.getsource(dynamodb.handle_request)
    assert sqs._HANDLERS["SendMessage"] is sqs._act_send_message
    assert "SERVICE_HANDLERS.get(service)" in inspect.getsource(ministack.app._dispatch_service_request)
    assert "mod.handle_request(" in inspect.getsource(ministack.app._lazy_handler)
    assert set(ministack.app.SERVICE_HANDLERS) > {"dynamodb", "sqs", "lambda", "ssm", "cloudformation"}


def test_state_is_loaded_by_the_name_that_is_wrapped_and_polled_by_the_one_that_waits() -> None:
    assert "_load_persisted_state()" in inspect.getsource(ministack.app.app) + inspect.getsource(ministack.app)
    assert "_ensure_poller()" in inspect.getsource(lambda_svc.load_persisted_state)


def test_state_is_read_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path))
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    store = AccountRegionScopedDict()
    store.set_scoped("account", "region", "key", b"\xff")
    monkeypatch.setattr(ministack.app, "_build_persistence_save_dict", lambda: {"sqs": lambda: {"store": store}})
    borrowed.save()
    assert persistence.load_state("sqs")["store"]._data == {("account", "region", "key"): b"\xff"}
    assert stat.S_IMODE((tmp_path / "sqs.json").stat().st_mode) == 0o600


def test_the_scope_of_a_request_is_a_variable() -> None:
    with borrowed._acting_in("111111111111", "eu-central-1"):
        assert (responses.get_account_id(), responses.get_region()) == ("111111111111", "eu-central-1")
    assert responses.get_account_id() == "000000000000"
