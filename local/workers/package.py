"""A function's code in a folder, and what its processes are told about where they run.

Sources: "Defined runtime environment variables" and "Using the Lambda context object to retrieve Python function
information" in AWS's Lambda developer guide.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.engine import borrowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.engine.borrowed import Record

RESERVED = frozenset(
    {
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "LAMBDA_TASK_ROOT",
    }
)
"""Variables that a function cannot set."""

NO_HOST_PREFIX = {"AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}  # `sync-states.127.0.0.1` is not a name of this machine


@dataclass(frozen=True)
class Package:
    """A function's code and configuration, unpacked.

    Attributes:
        folder: Where its code is.
        variables: The environment of its processes.
        init: What its zygote is told.
    """

    config: Record
    folder: Path
    variables: Mapping[str, str]
    init: Mapping[str, Any]

    def worker_variables(self) -> dict[str, str]:
        """Return what each worker has of its own: credentials of the function's role, and the name of its log."""
        return {
            **borrowed.execution_credentials(self.config),
            "AWS_LAMBDA_LOG_STREAM_NAME": uuid.uuid4().hex,
        }

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder.parent, ignore_errors=True)


def unpack(config: Record, code: bytes) -> Package:
    """Unpack a function and its layers into a new folder."""
    root = Path(tempfile.mkdtemp(prefix=f"{config['FunctionName'][:40]}-"))
    folder = _extract(code, root / "code")
    layers = [
        _extract(content, root / f"layer{number}")
        for number, attached in enumerate(config.get("Layers", []))
        if (content := borrowed.layer_content(attached))
    ]
    module, _, handler = config["Handler"].rpartition(".")
    init = {
        "path": [str(folder), *map(str, _importable(layers))],
        "module": module.replace("/", "."),
        "handler": handler,
        "timeoutS": config["Timeout"],
        "context": {
            "function_name": config["FunctionName"],
            "function_version": config.get("Version", "$LATEST"),
            "memory_limit_in_mb": config.get("MemorySize", 128),
            "log_group_name": _log_group(config),
        },
    }
    return Package(config, folder, _variables(config, folder) | borrowed.execution_credentials(config), init)


def _importable(layers: list[Path]) -> Iterator[Path]:
    """Yield the folders that Python imports from: "Layer paths for each Lambda runtime"."""
    for layer in layers:
        yield layer / "python"
        yield from layer.glob("python/lib/python*/site-packages")


def _variables(config: Record, folder: Path) -> dict[str, str]:
    own = config.get("Environment", {}).get("Variables", {})
    region = borrowed.region_of(config)
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        **NO_HOST_PREFIX,
        **{name: value for name, value in own.items() if name not in RESERVED},
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_LOG_GROUP_NAME": _log_group(config),
        "LAMBDA_TASK_ROOT": str(folder),
    }


def _log_group(config: Record) -> str:
    return (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"


def _extract(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder
