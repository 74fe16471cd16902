"""The CDK app: `python -O app.py [--output DIR] [--dotenv FILE] [-c KEY=VALUE …]`, or through the CLI, `npx cdk synth`.

Synthesis needs neither AWS credentials nor Docker, and once uv has the wheels in its cache no network (`UV_OFFLINE=1`
holds it to that). Without the CLI the context of `cdk.json` is read here; with it, the CLI's (`cdk.json` and `-c`) wins
over the same values.

`-O` leaves out the library's argument checks, which mypy has made already, and halves the time. An older Node makes the
library print a box on every run: `JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20` (its major version) silences it.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk

from infra import config, dotenv
from infra.chat_stack import ChatStack
from infra.site_stack import SiteStack

ROOT = Path(__file__).parent
METADATA = {"aws:cdk:enable-asset-metadata": True, "aws:cdk:enable-path-metadata": True}
"""What the CLI sets by itself: where a resource's source and construct are, for `sam` and for people. It warns of keys
of `cdk.json` that begin with `aws:`."""


def build(output: str, overrides: dict[str, str], environment: Mapping[str, str]) -> cdk.App:
    """Return the app with the chat's stack and, unless it is left out, the page's; not yet written to `output`."""
    app = cdk.App(outdir=output, context=METADATA | config.defaults() | overrides)
    settings = config.read(app.node.try_get_context, environment)
    chat = ChatStack(app, settings.stack_name, settings=settings)
    if settings.web_site:
        SiteStack(app, settings.site_stack_name, chat=chat, settings=settings)
    return app


def main(arguments: Sequence[str]) -> None:
    """Write the cloud assembly."""
    parser = argparse.ArgumentParser(prog="app.py", description="Synthesise the stacks.")
    parser.add_argument(
        "--output", default=os.environ.get("CDK_OUTDIR", "cdk.out"), help="folder of the cloud assembly"
    )
    parser.add_argument("-c", "--context", action="append", default=[], metavar="KEY=VALUE", help="overrides cdk.json")
    parser.add_argument("--dotenv", type=Path, default=ROOT / ".env", help="settings; the environment wins over them")
    options = parser.parse_args(arguments)
    try:
        overrides = dict(config.pair(item) for item in options.context)
        build(options.output, overrides, dotenv.settings(options.dotenv, os.environ)).synth()
    except config.ConfigError as exc:
        sys.exit(f"Configuration: {exc}")


if __name__ == "__main__":
    main(sys.argv[1:])
