"""`make clean`: throw away the data, keys and assemblies of runs, and what a synthesis wrote."""

import os
import shutil
import sys

from local import settings
from local.errors import LocalError
from local.home import locked
from local.progress import complain
from local.settings import ROOT


def main() -> None:
    """Remove it all, unless a run is using it."""
    try:
        home = settings.read(os.environ).home
        with locked(home):
            shutil.rmtree(home)
    except LocalError as exc:
        complain(str(exc))
        sys.exit(1)
    shutil.rmtree(ROOT / "cdk.out", ignore_errors=True)


if __name__ == "__main__":
    main()
