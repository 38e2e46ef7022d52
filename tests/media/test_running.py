"""How the media process asks to be run, in a process of its own."""

import json
import subprocess
import sys

ASK = """
import gc, json, os
from portal.media import process
os.nice(3)
asked = process.ask_for_short_turns()
process.keep_what_stays()
print(json.dumps([asked, os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0),
                  len(gc.get_objects()), gc.get_freeze_count()]))
"""


def test_short_turns_change_neither_policy_nor_nice_value() -> None:
    said = subprocess.run([sys.executable, "-c", ASK], check=True, capture_output=True, text=True)
    asked, nice, policy, collected, kept = json.loads(said.stdout)

    assert asked in (True, False), "as the kernel likes"
    assert (nice, policy) == (3, 0)
    assert collected < kept / 10
