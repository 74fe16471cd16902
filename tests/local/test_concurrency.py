"""Lambda's concurrency: caps, shares, and what may be reserved."""

import pytest

from local.engine.borrowed import FunctionKey
from local.engine.concurrency import Concurrency

A, B, C = (("000000000000", "us-east-1", name) for name in "abc")
ELSEWHERE = ("000000000000", "eu-west-1", "a")


def concurrency(account: int = 1000, **reserved: int) -> Concurrency:
    keys = {"a": A, "b": B, "c": C}
    return Concurrency(account, lambda: {keys[name]: count for name, count in reserved.items()})


def acquire(counter: Concurrency, function: FunctionKey, times: int = 1) -> list[str | None]:
    return [counter.acquire(function) for _ in range(times)]


def test_a_reservation_caps_its_function_and_no_other() -> None:
    counter = concurrency(a=2)
    assert acquire(counter, A, 3) == [None, None, "function"]
    assert acquire(counter, B) == [None]


def test_what_has_ended_makes_room() -> None:
    counter = concurrency(a=1)
    assert acquire(counter, A, 2) == [None, "function"]
    counter.release(A)
    assert acquire(counter, A) == [None]


def test_a_reservation_of_nothing_switches_a_function_off() -> None:
    assert acquire(concurrency(a=0), A) == ["function"]


def test_functions_without_a_reservation_share_what_is_left() -> None:
    counter = concurrency(account=5, a=2)
    assert acquire(counter, B, 2) + acquire(counter, C, 2) == [None, None, None, "account"]
    assert acquire(counter, A, 2) == [None, None]  # its share is its own


def test_a_share_is_not_lent_while_it_is_idle_and_not_taken_from_others_while_it_is_used() -> None:
    counter = concurrency(account=3, a=2)
    assert acquire(counter, A, 2) == [None, None]
    assert acquire(counter, B, 2) == [None, "account"]


def test_regions_have_accounts_of_their_own() -> None:
    counter = concurrency(account=1)
    assert acquire(counter, A) + acquire(counter, ELSEWHERE) == [None, None]


def test_a_reservation_holds_for_what_comes_after_it() -> None:
    reserved: dict[FunctionKey, int] = {}
    counter = Concurrency(1000, lambda: reserved)
    assert acquire(counter, A, 2) == [None, None]
    reserved[A] = 1
    assert acquire(counter, A) == ["function"]


@pytest.mark.parametrize(
    ("account", "wanted", "minimum"),
    [(1000, 900, None), (1000, 901, "[100]"), (10, 1, "[10]"), (50, 1, "[50]"), (10, 0, None)],
)
def test_so_much_stays_unreserved(account: int, wanted: int, minimum: str | None) -> None:
    why = concurrency(account).refusal(A, wanted)
    assert (why is None) if minimum is None else (why is not None and minimum in why)


def test_the_reservations_of_others_count_and_the_functions_own_is_replaced() -> None:
    counter = concurrency(a=500, b=300)
    assert counter.refusal(A, 600) is None
    assert counter.refusal(A, 601) is not None
