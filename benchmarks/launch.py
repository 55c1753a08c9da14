"""Run a command and print its seconds and peak memory in bytes as JSON.

    python -I -S benchmarks/launch.py COMMAND ARGUMENT...

It imports little, because the peak memory of a process starts at the memory of its parent.
"""

import os
import sys
import time

started = time.perf_counter()
nowhere = os.open(os.devnull, os.O_WRONLY)
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1)])
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - started
unit = 1 if sys.platform == "darwin" else 1024
print(f'{{"seconds": {seconds}, "bytes": {usage.ru_maxrss * unit}}}')
sys.exit(os.waitstatus_to_exitcode(status))
