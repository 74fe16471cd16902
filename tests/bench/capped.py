"""A process with a share of a CPU, as Lambda gives it by memory: 1,769 MB are one, and the share holds for each period.

Lambda's own period is not documented; 20 ms are what others have measured. The process is stopped (SIGSTOP) when it has
used its share of a period, until the next begins, by a watcher in a thread that looks every quarter of a millisecond:
no control group is needed, and no right to make one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WHOLE_MB = 1_769  # "Configure Lambda function memory": the equivalent of one vCPU
PERIOD_S = 0.020
LOOK_S = 0.00025


def run(
    command: Sequence[str], memory_mb: int, environment: Mapping[str, str] | None = None, timeout_s: float = 120
) -> str:
    """What a command prints that has the CPU of so much memory. Raises subprocess.CalledProcessError."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        watcher = threading.Thread(target=_cap, args=(process, min(1.0, memory_mb / WHOLE_MB)), daemon=True)
        watcher.start()
        told, _ = process.communicate(timeout=timeout_s)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return told


def _cap(process: subprocess.Popen[str], share: float) -> None:
    """Let the process run for its share of each period. CPU that it took beyond is owed in the next ones."""
    clock = (~process.pid << 3) | 2  # the CPU-time clock of another process: clock_getcpuclockid(3)
    if share >= 1:
        return
    with suppress(OSError, ProcessLookupError):
        ends, budget_s = time.monotonic() + PERIOD_S, time.clock_gettime(clock) + share * PERIOD_S
        while process.poll() is None:
            if time.clock_gettime(clock) >= budget_s:
                os.kill(process.pid, signal.SIGSTOP)
                time.sleep(max(0.0, ends - time.monotonic()))
                os.kill(process.pid, signal.SIGCONT)
            else:
                time.sleep(LOOK_S)
            while time.monotonic() >= ends:
                ends += PERIOD_S
                budget_s = max(budget_s + share * PERIOD_S, time.clock_gettime(clock) - PERIOD_S)
