"""The environment that ministack reads when it is imported, and that every function's worker process inherits."""

import os
import tempfile
from collections.abc import MutableMapping, Sequence
from pathlib import Path

from infra.agents import modules
from local.settings import REGION

KEEP = frozenset({"AWS_CA_BUNDLE"})
"""Of the caller's own `AWS_*`. A profile or a region of theirs must reach neither the engine nor a function."""


def prepare(
    home: Path, port: int, account_concurrency: int, environment: MutableMapping[str, str] = os.environ
) -> None:
    """Set up this process for an engine on `port` that keeps its data under `home`."""
    leave_out_aws(environment)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a worker would compile all it imports at every cold start
    environment.update(_engine(home, port, account_concurrency))
    tempfile.tempdir = environment["TMPDIR"]


def leave_out_aws(environment: MutableMapping[str, str] = os.environ) -> None:
    """Forget the caller's own AWS configuration: nothing of it fits the engine."""
    for name in [name for name in environment if name.startswith("AWS_") and name not in KEEP]:
        del environment[name]


def publish_agents(sources: Sequence[Path], environment: MutableMapping[str, str] = os.environ) -> None:
    """Let workers import agents of one's own where they are: in AWS the streamer has a layer of them."""
    paths = [*(str(modules(path)) for path in sources), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


def publish_calls(port: int, environment: MutableMapping[str, str] = os.environ) -> None:
    """Tell workers that start from now on where their tables are called."""
    environment["AWS_ENDPOINT_URL_DYNAMODB"] = f"http://127.0.0.1:{port}"


def publish_management_url(
    port: int, api_id: str, stage: str, environment: MutableMapping[str, str] = os.environ
) -> None:
    """Tell workers that start from now on where to post: the stage's own callback URL is a name in AWS."""
    environment["MANAGEMENT_URL"] = f"http://127.0.0.1:{port}/_aws/execute-api/{api_id}/{stage}"


def _engine(home: Path, port: int, account_concurrency: int) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AUTH": "true",  # IAM is enforced: a missing grant fails here, not in production
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "state" / "s3"),
        "TMPDIR": str(home / "tmp"),
        "LOG_LEVEL": "WARNING",
        "PUSH_LOOPBACK": "true",  # a push service on this machine will do: the one setting that no template may have
        "LAMBDA_ACCOUNT_CONCURRENCY": str(account_concurrency),  # what GetAccountSettings says
        # Listeners and helpers that this stack does not need. With a Docker socket ministack would remove containers.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent",
    }
