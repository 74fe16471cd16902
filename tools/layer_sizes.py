"""`make synth` ends with it: what each layer weighs, and what a function has of them.

Sizes are unzipped, as Lambda's quota of 250 MB counts them (functions and layers together), in megabytes of 10^6 bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

QUOTA_MB = 250  # "Lambda quotas": deployment package size, unzipped, layers too


def main() -> None:
    """Print the sizes of an assembly: of `cdk.out`, or of the folder that is given."""
    folder = Path(sys.argv[1] if sys.argv[1:] else "cdk.out")
    templates = (json.loads(path.read_text()) for path in sorted(folder.glob("*.template.json")))
    resources = {name: of for template in templates for name, of in template["Resources"].items()}
    sys.stdout.write("\n".join(lines(resources, folder)) + "\n")


def lines(resources: dict[str, Any], folder: Path) -> list[str]:
    """Return a line for each layer, and one for each set of them, with the functions that have it."""
    layers = dict(_of_type(resources, "AWS::Lambda::LayerVersion"))
    sizes = {name: size_of(folder / f"asset.{Path(of['Content']['S3Key']).stem}") for name, of in layers.items()}
    users: dict[tuple[str, ...], list[str]] = {}
    for name, properties in _of_type(resources, "AWS::Lambda::Function"):
        if references := properties.get("Layers"):
            users.setdefault(tuple(each["Ref"] for each in references), []).append(_plain(name))
    return [
        *(f"layer {_plain(name, 'Layers')}: {size / 1e6:.1f} MB" for name, size in sizes.items()),
        *(
            f"{', '.join(sorted(functions))}: {sum(sizes[layer] for layer in has) / 1e6:.1f} of {QUOTA_MB} MB"
            for has, functions in users.items()
        ),
    ]


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _of_type(resources: dict[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, of["Properties"]) for name, of in resources.items() if of["Type"] == kind]


def _plain(logical_id: str, prefix: str = "") -> str:
    """Return a construct's own name: the CDK adds eight hexadecimal digits."""
    return logical_id.removeprefix(prefix)[:-8]


if __name__ == "__main__":
    main()
