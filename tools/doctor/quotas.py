"""Whether the account lets enough functions run."""

from collections.abc import Iterator

from tools import deployed
from tools.doctor.place import Place
from tools.findings import Finding, Kind
from tools.preflight import concurrency


def check(place: Place) -> Iterator[Finding]:
    """Say what Lambda allows, and what that means where it is little."""
    account = concurrency.read(place.aws, deployed.NONE)
    if account.total >= concurrency.DEFAULT_QUOTA:
        yield Finding(Kind.OK, f"Lambda runs {account.total} executions at a time in this account")
    else:
        yield Finding(
            Kind.WARNING, concurrency.small(place.aws, account.total, is_capped=account.unreserved < account.total)
        )
