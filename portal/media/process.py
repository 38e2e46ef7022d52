"""How this process asks to be run: short turns soon, and no pauses for what never goes.

A packet that waits for the processor is late for somebody's ear. Both wishes cost nothing and need
no rights; where the kernel does not know the first, the process runs as any other.
"""

import ctypes
import gc
import logging
import os
import platform
import sys

logger = logging.getLogger(__name__)

TURN = 100_000
"""Nanoseconds, the least that the kernel grants: longer than a packet takes, of which we do one."""
# sched_setattr(2), for which Python and older C libraries have no name.
SYSTEM_CALLS = {"x86_64": 314, "aarch64": 274}
KEEP_POLICY = 0x08


class SchedulingAttributes(ctypes.Structure):
    """The first version of `struct sched_attr`."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def ask_for_short_turns() -> bool:
    """Let this process begin soon and not long; return whether the kernel agreed.

    Since Linux 6.12 a process of the usual policy may name the length of its turn, and one with a
    shorter one comes first when it wakes up (kernel documentation, scheduler/sched-eevdf). It gets
    no more of the processor than before.
    """
    number = SYSTEM_CALLS.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    attributes = SchedulingAttributes(
        size=ctypes.sizeof(SchedulingAttributes),
        flags=KEEP_POLICY,
        nice=os.getpriority(os.PRIO_PROCESS, 0),
        runtime=TURN,
    )
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(number, 0, ctypes.byref(attributes), 0):
        logger.info("no short turns: error %d", ctypes.get_errno())
        return False
    return True


def keep_what_stays() -> None:
    """Take everything that exists now out of the collector's rounds.

    Modules and classes are most of what there is. To look through them took tens of milliseconds
    each time, in which no packet passed.
    """
    gc.collect()
    gc.freeze()
