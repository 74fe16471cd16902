"""An AWS that answers each operation as a test says, without a network: real clients, real shapes of calls."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3

from tools.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

DENIED = "AccessDeniedException"


@functools.cache
def _session(region: str) -> boto3.Session:
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)


@dataclass(frozen=True, kw_only=True)
class AnsweredTarget(Target):
    """A target whose calls are answered here.

    Attributes:
        answers: Operation → what is parsed from the answer, or the code of an error. Others are access denied.
        calls: Names of the operations that were called, in order.
    """

    answers: Mapping[str, Mapping[str, Any] | str]
    calls: list[str] = field(default_factory=list)

    @property
    def session(self) -> boto3.Session:
        """One for all: making one takes long."""
        return _session(self.region)

    def client(self, service: str, *, region: str | None = None) -> Any:
        """Return a client of boto3 that sends nothing."""
        client = super().client(service, region=region)
        client.meta.events.register("before-call.*.*", self._answer)
        return client

    def _answer(self, model: Any, **_others: Any) -> tuple[Any, dict[str, Any]]:
        self.calls.append(model.name)
        answer = self.answers.get(model.name, DENIED)
        if isinstance(answer, str):
            code, _, message = answer.partition(": ")
            return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": message}}
        return SimpleNamespace(status_code=200), dict(answer)
