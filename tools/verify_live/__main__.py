"""`make verify-live`: the walk, and the suite beside it. Exit code 0 if all that could be asked holds."""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from infra import dotenv
from tools import target, terminal
from tools.cdk import ROOT
from tools.doctor.place import PlaceError
from tools.verify_live import report, suite
from tools.verify_live.by_hand import BY_HAND
from tools.verify_live.deployment import Deployment, read
from tools.verify_live.items import Scene
from tools.verify_live.probes import PROBES
from tools.verify_live.visitors import PREFIX, Admin, AdminError, Visitor, visiting
from tools.verify_live.walk import Verdict, walk

PROBING, TESTING = 3, 1  # visitors: who is asked as, and who the suite's tests are
INTERRUPTED = 130  # of shells: 128 and the number of SIGINT


def main(arguments: Sequence[str]) -> None:
    """Walk through the checklist, and say what holds."""
    options = _options(arguments)
    given = dotenv.settings(ROOT / ".env", os.environ)
    target.adopt(given)
    if not options.outputs_file.exists():
        sys.exit(f"{options.outputs_file} does not exist: `make deploy` writes it")
    for ending in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background jobs are started deaf to it
        signal.signal(ending, _interrupt)
    try:
        deployment = read(options.outputs_file, options.profile)
        is_sound = verify(deployment, options)
    except (PlaceError, AdminError) as exc:
        sys.exit(str(exc))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(0 if is_sound else 1)


def verify(deployment: Deployment, options: argparse.Namespace) -> bool:
    """Ask everything as throw-away users, and print it; returns whether all that could be asked holds."""
    admin = Admin(options.outputs_file, options.profile)
    with visiting(admin, PROBING + TESTING) as visitors, tempfile.TemporaryDirectory() as folder:
        terminal.say(
            f"{deployment.place.managed_url}, as {len(visitors)} throw-away users ({PREFIX}…), who go at the end"
        )
        scene = Scene(
            deployment=deployment,
            visitor=visitors[0],
            absent=visitors[1],
            entering=visitors[2],
            admin=admin,
            suite_outputs=_hand_over(deployment, visitors[PROBING:], Path(folder)),
            environment=_environment(deployment, options.profile),
            throttles=options.throttle,
            is_quick=options.quick,
        )
        with suite.running(scene.suite_outputs, scene.environment) as tests:
            verdicts = _walk(scene, is_alone=False)
            have_passed, printed = suite.ended(tests)
        verdicts += _walk(scene, is_alone=True)
    verdicts.sort(key=lambda verdict: PROBES.index(verdict.item))
    for line in report.lines(verdicts, BY_HAND, is_local=deployment.place.is_local):
        print(line)  # noqa: T201
    print(f"end-to-end tests, of those that are safe here: {printed}")  # noqa: T201
    return report.holds(verdicts) and have_passed


def _walk(scene: Scene, *, is_alone: bool) -> list[Verdict]:
    return list(walk([item for item in PROBES if item.is_alone is is_alone], scene))


def _hand_over(deployment: Deployment, visitors: Sequence[Visitor], folder: Path) -> Path:
    """Write what the suite takes, with the visitors' keys, for this user's eyes alone: the folder is 0700."""
    file = folder / "outputs.json"
    file.write_text(json.dumps(deployment.as_the_suite_takes_it([visitor.as_output() for visitor in visitors])))
    return file


def _environment(deployment: Deployment, profile: str | None) -> Mapping[str, str]:
    """Return what is started with: whose credentials, and where."""
    named = {"AWS_PROFILE": profile} if profile else {}
    return {**os.environ, **named, "AWS_REGION": deployment.place.aws.region}


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make verify-live", description="Walk through docs/live-checklist.md against a deployment."
    )
    parser.add_argument("--outputs-file", type=Path, required=True, help="of `make deploy`, or of `make run`")
    parser.add_argument("--profile", help="of the AWS credentials")
    parser.add_argument("--throttle", action="store_true", help="cap the function of frames: every user feels it")
    parser.add_argument("--quick", action="store_true", help="leave out what takes the better part of a minute")
    return parser.parse_args(arguments)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main(sys.argv[1:])
