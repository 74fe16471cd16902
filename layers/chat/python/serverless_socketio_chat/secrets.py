"""Secrets, by name: read when they are needed, kept in memory for a while, written nowhere."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider

MAX_AGE_S = 300  # how long a secret that was changed is still used


class Secrets:
    """A path is a SecureString of SSM, any other name a secret of Secrets Manager. `client` makes a boto3 client."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def read(self, name: str) -> str:
        """A secret. One call in five minutes. Raises LookupError if it cannot be read."""
        from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

        try:
            if name.startswith("/"):
                secret: Any = self._parameters.get(name, decrypt=True, max_age=MAX_AGE_S)
            else:
                secret = self._secrets.get(name, max_age=MAX_AGE_S)
        except GetParameterError as error:
            raise LookupError(f"The secret {name} cannot be read") from error
        return str(secret).strip()

    @cached_property
    def _parameters(self) -> SSMProvider:
        from aws_lambda_powertools.utilities.parameters import SSMProvider

        return SSMProvider(boto3_client=self._client("ssm"))

    @cached_property
    def _secrets(self) -> SecretsProvider:
        from aws_lambda_powertools.utilities.parameters import SecretsProvider

        return SecretsProvider(boto3_client=self._client("secretsmanager"))
