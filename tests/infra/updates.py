"""What CloudFormation would do with a deployed template's resources when another takes its place.

Which properties cannot be changed in place is in the schemas of its resource types (`createOnlyProperties`), which
cfn-lint brings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

Resources = Mapping[str, Mapping[str, Any]]
REGION = "us-east-1"


@dataclass(frozen=True)
class Update:
    """The step from one template to another. All are logical ids."""

    old: Resources
    new: Resources

    @property
    def added(self) -> set[str]:
        return self.new.keys() - self.old.keys()

    @property
    def removed(self) -> set[str]:
        return self.old.keys() - self.new.keys()

    @property
    def replaced(self) -> set[str]:
        """Those that are made anew: their type or what is fixed at their creation differs, or leads to such a one."""
        kept = self.old.keys() & self.new.keys()
        found = {each for each in kept if self.old[each]["Type"] != self.new[each]["Type"]}
        while more := {each for each in kept - found if self._is_replaced(each, found)}:
            found |= more
        return found

    @property
    def blocked(self) -> set[str]:
        """Those that CloudFormation would put beside the old one first, and cannot.

        Either it has a name of its own, or it maps the same source to the same function, which Lambda takes once.
        """
        return {each for each in self.replaced if self._has_own_name(each) or self._maps_the_same(each)}

    @property
    def indexes_changed(self) -> dict[str, int]:
        """Table → how many of its secondary indexes come or go. DynamoDB takes one an update."""
        tables = [each for each in self.old.keys() & self.new.keys() if "DynamoDB" in self.new[each]["Type"]]
        return {each: len(_indexes(self.old[each]) ^ _indexes(self.new[each])) for each in tables}

    def _has_own_name(self, logical_id: str) -> bool:
        resource = self.new[logical_id]
        return any(name in _properties(resource) for name in _names(resource))

    def _maps_the_same(self, logical_id: str) -> bool:
        old, new = _properties(self.old[logical_id]), _properties(self.new[logical_id])
        pair = ("FunctionName", "EventSourceArn")
        leads = set(references([new.get(name) for name in pair]))
        is_mapping = self.new[logical_id]["Type"] == "AWS::Lambda::EventSourceMapping"
        return (
            is_mapping
            and [old.get(name) for name in pair] == [new.get(name) for name in pair]
            and not leads & self.replaced
        )

    def _is_replaced(self, logical_id: str, replaced: set[str]) -> bool:
        old, new = _properties(self.old[logical_id]), _properties(self.new[logical_id])
        return any(
            old.get(name) != new.get(name) or replaced & set(references(new.get(name)))
            for name in create_only(self.new[logical_id]["Type"])
        )


def create_only(kind: str) -> set[str]:
    """Properties of a type that cannot be changed in place; of nested ones, the outermost."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    paths = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    return {path.split("/")[2] for path in paths}


def references(value: Any) -> Iterator[str]:
    """The logical ids that a value leads to."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case Mapping():
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)


def _properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = resource.get("Properties", {})
    return found


def _names(resource: Mapping[str, Any]) -> set[str]:
    """The properties that are a resource's identity and could have been given."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, resource["Type"]).schema
    identifier = {path.split("/")[2] for path in schema.get("primaryIdentifier", [])}
    named = {name for name in create_only(resource["Type"]) if name.endswith("Name")}
    return (identifier | named) - {path.split("/")[2] for path in schema.get("readOnlyProperties", [])}


def _indexes(table: Mapping[str, Any]) -> set[str]:
    return {index["IndexName"] for index in _properties(table).get("GlobalSecondaryIndexes", [])}
