"""Holds what comes over the wire to what was declared: acks to their events' types and errors, events to theirs."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from serverless_socketio_chat import events, wire
from tools.declared import ack_of, common_errors, errors_of


def check_ack(event: str, ack: Any) -> None:
    """Fail if an ack is not what its event declares."""
    if not isinstance(ack, dict) or event not in events.MODULES:
        return
    if ack["ok"]:
        check({key: value for key, value in ack.items() if key not in {"ok", "id"}}, ack_of(event), f"ack of {event}")
        return
    code = ack["error"]["code"]
    assert code in {*common_errors(), *errors_of(event)}, f"{event} does not declare {code}"
    check(ack["error"], wire.RefusalPayload, f"error of {event}")


def held(event: str, bodies: list[Any]) -> list[Any]:
    """The bodies of an event of the server, each of which is what `wire` says."""
    for body in bodies:
        check(body, wire.EVENTS.get(event, Any), event)
    return bodies


def check(value: Any, kind: Any, where: str) -> None:
    """Fail if a value is not of a type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        _check_fields(value, kind, where)
    elif origin is NotRequired:
        check(value, arguments[0], where)
    elif origin in {Union, UnionType}:
        (of_value,) = [each for each in arguments if (each is NoneType) is (value is None)]
        check(value, of_value, where)
    elif origin is Literal:
        assert value in arguments, f"{where} is {value!r}"
    elif origin in {list, dict}:
        for item in value.values() if origin is dict else value:
            check(item, arguments[-1], f"{where}[]")
    elif kind is not Any:
        plain = getattr(kind, "__supertype__", kind)
        assert type(value) in ({int, float} if plain is float else {plain}), f"{where} is {value!r}, not {kind}"


def _check_fields(value: Any, shape: Any, where: str) -> None:
    """Fail unless every field is there that must be, and none that is not declared."""
    hints = get_type_hints(shape, include_extras=True)
    needed = {key for key, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert needed <= value.keys() <= hints.keys(), f"{where}: {sorted(value)} are not the fields of {shape.__name__}"
    for key, item in value.items():
        check(item, hints[key], f"{where}.{key}")
