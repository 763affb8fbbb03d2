"""Reads a run folder with TensorBoard's and Stable-Baselines3's own readers and prints what they found.

usage: check_tensorboard.py RUN        (needs tensorboard, stable-baselines3 and pandas)
"""

import glob
import math
import os
import sys

from stable_baselines3.common.monitor import load_results
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

run = sys.argv[1]
files = glob.glob(os.path.join(run, "tensorboard", "events.out.tfevents.*"))
assert len(files) == 1, f"expected one event file, found {files}"

# The raw loader stops silently at a damaged record, so the bytes of all records must add up to the file.
size = sum(len(record) + 16 for record in RawEventFileLoader(files[0]).Load())
assert size == os.path.getsize(files[0]), f"records of {size} bytes in a file of {os.path.getsize(files[0])}"

events = EventAccumulator(os.path.join(run, "tensorboard"), size_guidance={"scalars": 0})
events.Reload()
tags = sorted(events.Tags()["scalars"])
print("tags", *tags)
returns = events.Scalars("rollout/return")
assert [e.step for e in returns] == [2048 * i for i in range(len(returns))], "steps are not those written"
for e in returns:
    assert math.isclose(e.value, e.step / 3, rel_tol=1e-6), (e.step, e.value)
    assert e.wall_time == 1763000000 + e.step, (e.step, e.wall_time)
print("steps", len(returns))

episodes = load_results(os.path.join(run, "monitor"))
assert {"r", "l", "t"} <= set(episodes.columns), episodes.columns
assert all(math.isclose(r, t / 3, abs_tol=1e-6) for r, t in zip(episodes.r, episodes.t)), "episodes are not those written"
print("monitor", len(episodes), "episodes")
