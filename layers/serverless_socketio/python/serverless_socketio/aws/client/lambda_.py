"""Lambda, by boto3's names."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .service import Service

if TYPE_CHECKING:
    from .endpoints import Place
    from .service import Bounds


class Lambda:
    """Calls functions."""

    def __init__(self, place: Place, bounds: Bounds) -> None:
        self.service = Service(place, bounds, is_rest=True)

    def invoke(
        self,
        *,
        FunctionName: str,  # noqa: N803 - boto3's names
        InvocationType: str = "RequestResponse",  # noqa: N803
        Payload: bytes = b"",  # noqa: N803
    ) -> dict[str, Any]:
        """Invoke; ``Event``: without waiting for the result."""
        path = f"/2015-03-31/functions/{quote(FunctionName, safe='')}/invocations"
        answer = self.service.call("Invoke", "POST", path, {"x-amz-invocation-type": InvocationType}, Payload)
        failed = answer.headers.get("x-amz-function-error")
        more = {"FunctionError": failed} if failed else {}
        return {"StatusCode": answer.status, "Payload": io.BytesIO(answer.body), **more}
