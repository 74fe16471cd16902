"""`make run`: the whole stack in the foreground, until Ctrl-C.

`python -m local --app FILE` runs the stack of another CDK app, in place of the chat's. `python -m local --bare` starts
the empty cloud alone, for the CDK CLI and for tests.
"""

import argparse
import asyncio
import os
import socket
import sys
from pathlib import Path

from infra import dotenv
from local import assembly, ports, settings, signals
from local.engine import environment
from local.errors import LocalError
from local.home import keep_private, locked
from local.progress import complain, say, step
from local.settings import ROOT, Settings


def main() -> None:
    """Run, or say in one line why not."""
    parser = argparse.ArgumentParser(prog="python -m local", description="Run the stack on this machine.")
    parser.add_argument("--bare", action="store_true", help="an empty cloud: deploy nothing")
    parser.add_argument("--app", type=Path, metavar="FILE", help="a Python file that is a CDK app with one stack")
    options = parser.parse_args()
    try:
        chosen = settings.read(dotenv.settings(ROOT / ".env", os.environ), bare=options.bare, app=options.app)
        keep_private()
        with locked(chosen.home) as lock:
            keep_private(chosen.home, chosen.cache / assembly.FOLDER)
            _run(chosen, lock)
    except LocalError as exc:
        complain(str(exc))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(chosen: Settings, lock: int) -> None:
    web = ports.bind(chosen.port)
    engine = ports.bind(chosen.engine_port, variable="ENGINE_PORT") if chosen.engine_port else web
    sockets = web if engine is web else web + engine
    chosen.outputs.unlink(missing_ok=True)  # of the run before: nothing of it listens
    made = None if chosen.bare else _assembly(chosen)
    environment.prepare(chosen.home, ports.number(engine), chosen.account_concurrency)
    environment.publish_agents(chosen.agents)
    asyncio.run(_serve(chosen, lock, sockets, ports.number(web), ports.number(engine), made))


async def _serve(
    chosen: Settings,
    lock: int,
    sockets: list[socket.socket],
    web_port: int,
    engine_port: int,
    made: assembly.Assembly | None,
) -> None:
    signals.hold_back()
    with step("Starting the engine"):
        from local.cloud import Cloud  # imports the engine, which reads the environment that was prepared for it
        from local.stack import bring_up, bring_up_app, open_bare

        cloud = Cloud(chosen, engine_port, lock)
    bring = bring_up_app if chosen.app else bring_up
    await cloud.run(sockets, lambda: bring(cloud, made, web_port) if made else open_bare(cloud, web_port))


def _assembly(chosen: Settings) -> assembly.Assembly:
    if chosen.app:
        with step("Synthesis"):
            return assembly.synthesise_app(chosen.app, chosen.home / assembly.FOLDER)
    if found := assembly.find(chosen):
        return found
    say("  Synthesising the stack, once for this version of infra/ …")
    with step("Synthesis"):
        return assembly.synthesise(chosen)


if __name__ == "__main__":
    main()
