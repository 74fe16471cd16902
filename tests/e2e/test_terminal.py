"""Failures of the stack's functions in the terminal of `make run`, by the functions' own names."""

import json

import pytest

from tests.e2e import aws_side
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_a_function_is_told_by_its_own_name(stack: Stack) -> None:
    functions = aws_side.client(stack, "lambda")
    assert stack.run
    after = len(stack.run.lines)
    ended = functions.invoke(FunctionName=stack.resource("functions", "emitter"), Payload=json.dumps({"Records": 5}))
    assert ended["Payload"].read()
    assert "FunctionError" in ended
    stack.run.wait_for(r"^emitter failed, request [0-9a-f-]{36}: TypeError: ", 10, after=after)
    stack.run.wait_for(r"^      File .*, line \d+, in ", 2, after=after)


def test_a_stack_that_starts_has_nothing_to_complain_of(stack: Stack) -> None:
    assert stack.run
    ready = next(number for number, line in enumerate(stack.run.lines) if line.startswith("ready: "))
    assert not [line for line in stack.run.lines[:ready] if "failed" in line]
