"""What refused frames do to stock clients: a script of its own, which the tests run, too."""

import subprocess
import sys

from tools.cdk import ROOT
from tools.verify_live.items import NotAsked, Refuted, Scene

CANNOT_CAP = 2  # exit code of the script
ASK = "`--throttle` asks: it caps the function of frames for half a minute, which every user feels who talks meanwhile"


def refused_frames(scene: Scene) -> str:
    """Cap the function of frames, and see whether twelve clients come out of it as promised."""
    if not scene.throttles:
        raise NotAsked(ASK)
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-m", "tests.e2e.throttle_probe", str(scene.suite_outputs)],
        cwd=ROOT, env=scene.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    says = ended.stdout.strip() or f"the probe broke off: {ended.stderr.strip().rpartition(chr(10))[2]}"
    if ended.returncode == CANNOT_CAP:
        raise NotAsked(f"the function cannot be capped here: {says}")
    if ended.returncode:
        raise Refuted(says)
    return says
