"""Metric math, as far as alarms here use it: arithmetic, comparisons, IF and FILL.

Source: "Using math expressions with CloudWatch metrics". A metric without data has no value, and what is made of it has
none either, but for FILL; so has a division by zero.
"""

import ast
import operator
from collections.abc import Callable, Mapping

OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


class ExpressionError(ValueError):
    """Something that is not known here."""


def evaluate(expression: str, values: Mapping[str, float | None]) -> float | None:
    """Return the value of an expression whose names have these values. Raises ExpressionError."""
    try:
        return _value(ast.parse(expression, mode="eval").body, values)
    except ZeroDivisionError:
        return None
    except SyntaxError as exc:
        raise ExpressionError(expression) from exc


def _value(node: ast.expr, values: Mapping[str, float | None]) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.BinOp(left=left, op=kind, right=right) | ast.Compare(left=left, ops=[kind], comparators=[right]):
            return _both(OPERATORS[type(kind)], _value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id="FILL"), args=[inner, otherwise]):
            value = _value(inner, values)
            return _value(otherwise, values) if value is None else value
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            is_so = _value(condition, values)
            return None if is_so is None else _value(then if is_so else otherwise, values)
    raise ExpressionError(ast.unparse(node))


def _both(work: Callable[[float, float], float], left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else float(work(left, right))
