"""A lean client for the AWS calls of the hot path. boto3 is for everything else, and stands in by a setting.

    module            what it does
    http1             a request as bytes, an answer from bytes; knows no socket
    signing           Signature Version 4, with the day's key kept
    credentials       the runtime's, from its environment
    endpoints         where a service is
    tls, connection   sockets: verified, kept alive, opened again when they are stale
    multiplex         many requests at a time, in one thread
    errors            what a service refuses, and what gets no answer
    retries           which of these is tried again, and when
    service           one call: signed, sent, retried, its answer or error
    dynamodb, connections, lambda_, stepfunctions, sqs
                      a class for each service, with boto3's names for what we call of it

Nothing is opened, started or read from the environment before the first call: a process may be forked until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .service import Bounds

SERVICES = frozenset({"dynamodb", "apigatewaymanagementapi", "lambda", "stepfunctions", "sqs"})
"""boto3's names of the services that `client` knows."""


def client(
    name: str, *, endpoint_url: str | None = None, url_suffix: str = "amazonaws.com", bounds: Bounds | None = None
) -> Any:
    """Return a client of a service in the runtime's own region.

    `endpoint_url`: where it is, if not where the environment or `url_suffix` says. `bounds`: how long and how often a
    call is tried; `Bounds()` by default. Of posts a transport says what is tried again: they need one try.
    """
    from . import connections, dynamodb, lambda_, sqs, stepfunctions
    from .endpoints import Place
    from .service import Bounds

    made = {
        "apigatewaymanagementapi": connections.Connections,
        "dynamodb": dynamodb.DynamoDB,
        "lambda": lambda_.Lambda,
        "sqs": sqs.Sqs,
        "stepfunctions": stepfunctions.StepFunctions,
    }
    return made[name](Place(name, endpoint_url, url_suffix), bounds or Bounds())
