"""Reads what a synthesis wrote."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

SUFFIX = re.compile(r"(?<=[A-Za-z])[0-9A-F]{8}$")  # CDK's hash behind the path that a logical id is made of


@dataclass(frozen=True)
class Assembly:
    folder: Path
    stack: str
    stderr: str = ""

    @cached_property
    def template(self) -> dict[str, Any]:
        return _read(self.path)

    @property
    def path(self) -> Path:
        return self.folder / f"{self.stack}.template.json"

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Short name → resource."""
        resources = self.template["Resources"].items()
        return {short(name): resource for name, resource in resources if resource["Type"] == kind}

    def kinds(self) -> set[str]:
        return {resource["Type"] for resource in self.template["Resources"].values()}

    def properties(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: resource["Properties"] for name, resource in self.of_type(kind).items()}

    def layer(self, name: str) -> Path:
        """The folder that is zipped for a layer."""
        return self._asset(self.properties("AWS::Lambda::LayerVersion")[name]["Content"])

    def code(self, function: str) -> Path:
        """The folder that is zipped for a function."""
        return self._asset(self.properties("AWS::Lambda::Function")[function]["Code"])

    def _asset(self, content: dict[str, str]) -> Path:
        key = content["S3Key"].removesuffix(".zip")
        return self.folder / str(_read(self.folder / f"{self.stack}.assets.json")["files"][key]["source"]["path"])

    def grants(self) -> dict[str, dict[str, set[str]]]:
        """Policy → resource → actions."""
        found: dict[str, dict[str, set[str]]] = {}
        for name, policy in self.properties("AWS::IAM::Policy").items():
            grants = found.setdefault(name.removesuffix("RoleDefaultPolicy"), {})
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                for resource in _listed(statement["Resource"]):
                    grants.setdefault(text(resource), set()).update(_listed(statement["Action"]))
        return found


def text(value: Any) -> str:
    """What an intrinsic function stands for, with short names: `{"Ref": "Api12345678"}` → `{Api}`."""
    match value:
        case {"Ref": name}:
            return f"{{{short(name)}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{{{short(name)}.{attribute}}}"
        case {"Fn::GetStackOutput": {"StackName": stack, "OutputName": name}}:
            return f"{{{stack}.{name}}}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(text, parts))
        case str():
            return value
    raise AssertionError(f"not expected in this template: {value}")


def short(logical_id: str) -> str:
    return SUFFIX.sub("", logical_id)


def strings(value: Any) -> Iterator[str]:
    """Every string anywhere in a value, keys too."""
    match value:
        case str():
            yield value
        case Mapping():
            for key, item in value.items():
                yield key
                yield from strings(item)
        case list():
            for item in value:
                yield from strings(item)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content
