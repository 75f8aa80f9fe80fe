"""Run one command and let nothing of it outlive the supervisor, not even one that was killed.

Started as a script of its own (standard library only), as the leader of a new process group. It
hands SIGTERM on to the command; at SIGQUIT, or when its parent is gone, it kills the command
with all its descendants. Some of these leave the group (RQ's children do), so on Linux it
adopts orphans and walks the process table instead of trusting the group.
"""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PARENT_CHECK_S = 1.0
_MAX_SWEEPS = 50


def main(arguments: list[str]) -> int:
    """Run `arguments[1:]` for the parent with process id `arguments[0]`; return its exit code."""
    parent = int(arguments[0])
    _prepare_kernel()
    if os.getppid() != parent:
        return 1
    child = subprocess.Popen(arguments[1:])

    def pass_on(number: int, _: FrameType | None) -> None:
        if child.returncode is None:
            child.send_signal(number)

    def end_now(_: int, __: FrameType | None) -> None:
        kill_descendants(os.getpid())
        os.killpg(0, signal.SIGKILL)

    def check_parent(number: int, frame: FrameType | None) -> None:
        # The death signal also comes when only the parent's thread that started us ends.
        if os.getppid() != parent:
            end_now(number, frame)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGQUIT, end_now)
    signal.signal(signal.SIGHUP, check_parent)
    signal.signal(signal.SIGALRM, check_parent)
    signal.setitimer(signal.ITIMER_REAL, _PARENT_CHECK_S, _PARENT_CHECK_S)
    code = child.wait()
    kill_descendants(os.getpid())
    return code if code >= 0 else 128 - code


def kill_descendants(root: int) -> None:
    """Kill every descendant of `root`, again until none is left; nothing without /proc."""
    for _ in range(_MAX_SWEEPS):
        found = _descendants(root)
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        _reap()


def _descendants(root: int) -> set[int]:
    """Process ids below `root` that are not already dead."""
    children: dict[int, list[int]] = {}
    dead: set[int] = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in parentheses may hold anything; what follows is state and parent.
            state, parent = entry.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
        except OSError:
            continue
        pid = int(entry.parent.name)
        children.setdefault(int(parent), []).append(pid)
        if state in "ZX":
            dead.add(pid)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting.extend(below)
    return found - dead


def _reap() -> None:
    """Collect orphans that were handed to us and have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _prepare_kernel() -> None:
    """Ask Linux for SIGHUP when the parent dies, and for the orphans of our descendants."""
    if sys.platform != "linux":
        return
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_PDEATHSIG, int(signal.SIGHUP), 0, 0, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
