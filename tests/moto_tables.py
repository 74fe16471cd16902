"""A boto3 client of DynamoDB whose calls of items go straight to moto: no HTTP request is written, signed and read.

What such a call asks and answers stays as it is; `tests/contract/test_moto_tables.py` holds it to that. It takes a
third of the time, and tests make calls by the hundred thousand.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from collections import defaultdict
from copy import copy, deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.core.responses import ActionResult
    from mypy_boto3_dynamodb import DynamoDBClient

OK = {"HTTPStatusCode": 200}


def _transact(handler: DynamoHandler) -> ActionResult:
    """A transaction, before which moto copies its tables to be able to go back."""
    parts = [part for write in handler.body["TransactItems"] for part in write.values()]
    _TOUCHED.items = [part.get("Key") or part["Item"] for part in parts]
    try:
        return DynamoHandler.transact_write_items(handler)
    finally:
        del _TOUCHED.items


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    """A copy of a table, and of its items; a transaction's copy shares those that it does not touch."""
    made = copy(table)
    made.items = defaultdict(dict, {pk: dict(items) for pk, items in table.items.items()})
    if hasattr(_TOUCHED, "items"):
        for key in _TOUCHED.items:
            pk, sk = DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])
            if sk in made.items.get(pk, {}):
                made.items[pk][sk] = deepcopy(made.items[pk][sk], memo)
    else:
        made.items = deepcopy(made.items, memo)
    return made


_TOUCHED = threading.local()
Table.__deepcopy__ = _copied

OPERATIONS = {
    "BatchGetItem": DynamoHandler.batch_get_item,
    "BatchWriteItem": DynamoHandler.batch_write_item,
    "DeleteItem": DynamoHandler.delete_item,
    "GetItem": DynamoHandler.get_item,
    "PutItem": DynamoHandler.put_item,
    "Query": DynamoHandler.query,
    "TransactWriteItems": _transact,
    "UpdateItem": DynamoHandler.update_item,
}


def shorten(client: DynamoDBClient) -> DynamoDBClient:
    """Let the client's calls of items go straight to moto, which must be mocking AWS."""
    made: Any = client
    made._make_api_call = partial(_call, made, made._make_api_call)
    return client


def _call(client: Any, by_http: Callable[..., Any], operation: str, given: dict[str, Any]) -> dict[str, Any]:
    if operation not in OPERATIONS:
        return by_http(operation, given)  # type: ignore[no-any-return]
    model = client.meta.service_model.operation_model(operation)
    report = ParamValidator().validate(given, model.input_shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
    handler = DynamoHandler()
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, client.meta.region_name
    handler.body = _sent(given)
    try:
        answer: Any = OPERATIONS[operation](handler).result
    except JsonRESTError as error:
        raise _refused(client, model, error) from None
    members = model.output_shape.members
    found = {name: value for name, value in answer.items() if name in members and value is not None}
    return {**found, "ResponseMetadata": OK}


def _sent(value: Any) -> Any:
    """A copy, as it would be in JSON."""
    match value:
        case dict():
            return {name: _sent(each) for name, each in value.items()}
        case list() | tuple():
            return [_sent(each) for each in value]
        case bytes():
            return b64encode(value).decode()
        case _:
            return value


def _refused(client: Any, model: Any, error: JsonRESTError) -> Exception:
    """What boto3 makes of an error's body."""
    endpoint = client._endpoint
    body = {"status_code": error.code, "headers": {}, "body": error.description.encode()}
    parser = endpoint._response_parser_factory.create_parser(model.metadata["protocol"])
    response = parser.parse(body, model.output_shape)
    endpoint._add_modeled_error_fields(body, response, model, parser)
    raised: Exception = client.exceptions.from_code(response["Error"]["Code"])(response, model.name)
    return raised
