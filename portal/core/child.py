"""Entry of a supervised process: tie its life to the supervisor's, then become the named module.

`python -m portal.core.child MODULE ARGUMENTS…` imports nothing of the house, so that a module
starts as fast as it would alone.
"""

import ctypes
import os
import runpy
import signal
import sys

SUPERVISOR_VARIABLE = "PORTAL_SUPERVISOR_PID"
PR_SET_PDEATHSIG = 1


def die_with_supervisor() -> None:
    """Ask the kernel to end this process when the supervisor that started it is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(os.environ[SUPERVISOR_VARIABLE]):
        sys.exit("the supervisor is gone")


if __name__ == "__main__":
    die_with_supervisor()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
