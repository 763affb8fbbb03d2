#!/usr/bin/env python3
"""What others reach on this machine, on the tasks of Crest's own benchmark, and what MuJoCo alone would allow.

    peers.py [--out FILE.json] [--only NAME ...] [--rounds R] [--iterations N] [--seconds S] [--threads T] [--vecnormalize]

One line per figure: name, steps, seconds, median rate of the rounds and its range. A step is one control step of one environment, five
physics steps for Humanoid-v5. Every peer is warmed up first, uncounted, and the rounds go around all peers in turn: a virtual machine's
speed drifts by tens of per cent with its neighbours', and so the drift meets every peer. Nothing else should run meanwhile.
"""

import argparse
import contextlib
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import sys
import time

ENVIRONMENT = "Humanoid-v5"
FRAME_SKIP = 5
ENVIRONMENTS = 16
N_STEPS = 1024
BATCH = 8192
EPOCHS = 10
NETWORK = [256, 256]

# Random actions make the humanoid fall after about 22 steps; raw MuJoCo starts anew as often, or it would be measured lying down.
EPISODE = 22

WALKER = "BipedalWalker-v3"


@contextlib.contextmanager
def raw_mujoco(threads, seconds):
    """Control steps of raw MuJoCo: its own C++ roll-out on `threads` threads, no Python within, no observation, no reward."""
    import gymnasium
    import mujoco
    import numpy as np
    from mujoco import rollout

    assets = pathlib.Path(gymnasium.__file__).parent / "envs/mujoco/assets/humanoid.xml"
    model = mujoco.MjModel.from_xml_path(str(assets))
    data = [mujoco.MjData(model) for _ in range(threads)]
    rng = np.random.default_rng(0)
    episodes = 128

    # Starts as Gymnasium draws them, U(-0.01, 0.01) about the initial pose; actions held for five physics steps.
    full = mujoco.mjtState.mjSTATE_FULLPHYSICS
    states = np.empty((episodes, mujoco.mj_stateSize(model, full)))
    for row in states:
        mujoco.mj_resetData(model, data[0])
        data[0].qpos += rng.uniform(-0.01, 0.01, model.nq)
        data[0].qvel += rng.uniform(-0.01, 0.01, model.nv)
        mujoco.mj_getState(model, data[0], row, full)
    low, high = model.actuator_ctrlrange.T
    actions = np.repeat(rng.uniform(low, high, (episodes, EPISODE, model.nu)), FRAME_SKIP, axis=1)
    out = np.empty((episodes, actions.shape[1], states.shape[1]))

    # Zero means the calling thread, so that one thread has no pool to wait for.
    with rollout.Rollout(nthread=0 if threads == 1 else threads) as pool:

        def run():
            pool.rollout(model, data, states, actions, state=out)
            return episodes * EPISODE

        yield lambda: repeated(run, seconds)


@contextlib.contextmanager
def gymnasium_steps(name, seconds):
    """Gymnasium alone: one environment in one process, random actions, resets counted as time and not as steps."""
    import gymnasium

    environment = gymnasium.make(name)
    environment.reset(seed=0)
    environment.action_space.seed(0)

    def run(count=500):
        for _ in range(count):
            _, _, terminated, truncated, _ = environment.step(environment.action_space.sample())
            if terminated or truncated:
                environment.reset()
        return count

    yield lambda: repeated(run, seconds)
    environment.close()


@contextlib.contextmanager
def envpool_steps(name, threads, seconds):
    """EnvPool alone: its C++ environments, random actions, half of them waited for at a time, which serves it best; resets are steps to it."""
    import envpool
    import numpy as np

    batch = ENVIRONMENTS // 2
    pool = envpool.make_gymnasium(name, num_envs=ENVIRONMENTS, batch_size=batch, num_threads=threads, seed=0)
    width = pool.action_space.shape[0]
    actions = np.random.default_rng(0).uniform(-1, 1, (64, batch, width)).astype(np.float32)
    pool.async_reset()

    def run():
        for row in actions:
            pool.send(row, pool.recv()[-1]["env_id"])
        return len(actions) * batch

    yield lambda: repeated(run, seconds)
    pool.close()


@contextlib.contextmanager
def sb3(
    algorithm, name, environments, processes, threads, steps, vecnormalize=False, network=None, policy="MlpPolicy",
    package="stable_baselines3", lstm_hidden_size=None, **settings):
    """Stable-Baselines3 end to end: roll-out and update, through `learn`, as its users call it."""
    import torch
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecNormalize

    torch.set_num_threads(threads)
    environments = make_vec_env(name, n_envs=environments, seed=0, vec_env_cls=SubprocVecEnv if processes else DummyVecEnv)
    if vecnormalize:
        environments = VecNormalize(environments)
    make = getattr(importlib.import_module(package), algorithm)
    sizes = {"net_arch": network} | ({"lstm_hidden_size": lstm_hidden_size} if lstm_hidden_size else {})
    model = make(policy, environments, policy_kwargs=sizes, device="cpu", seed=0, **settings)

    def learn():
        start = time.perf_counter()
        model.learn(steps, reset_num_timesteps=False)
        return steps, time.perf_counter() - start

    try:
        yield learn
    finally:
        environments.close()


def repeated(run, seconds):
    """Calls `run`, which returns the steps it took, until `seconds` have passed."""
    steps, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        steps += run()
    return steps, elapsed


def peers(options):
    """Name → (what is measured, a context that yields the measurement: a function giving steps and seconds)."""
    ppo = f"{ENVIRONMENTS} environments, n_steps {N_STEPS}, batch {BATCH}, {EPOCHS} epochs, pi and vf {NETWORK}, {options.threads} threads"
    ppo += ", VecNormalize" if options.vecnormalize else ""
    humanoid = lambda processes: sb3(
        "PPO", ENVIRONMENT, ENVIRONMENTS, processes, options.threads, options.iterations * ENVIRONMENTS * N_STEPS, options.vecnormalize,
        network={"pi": NETWORK, "vf": NETWORK}, n_steps=N_STEPS, batch_size=BATCH, n_epochs=EPOCHS)
    physics = f"raw physics of {ENVIRONMENT}, random actions, a new start every {EPISODE} steps"
    table = {"mujoco-1-thread": (physics, lambda: raw_mujoco(1, options.seconds))}
    if options.threads > 1:
        table[f"mujoco-{options.threads}-threads"] = (physics, lambda: raw_mujoco(options.threads, options.seconds))
    table["gymnasium"] = (f"{ENVIRONMENT}, one environment, random actions", lambda: gymnasium_steps(ENVIRONMENT, options.seconds))
    table["sb3-ppo-dummy"] = (f"PPO on {ENVIRONMENT}, DummyVecEnv, {ppo}", lambda: humanoid(False))
    table["sb3-ppo-subproc"] = (f"PPO on {ENVIRONMENT}, SubprocVecEnv, {ppo}", lambda: humanoid(True))

    # The walker: one environment with a wide network, many with a narrow one, and SAC with an update a step.
    walker = lambda algorithm, environments, steps, **settings: lambda: sb3(
        algorithm, WALKER, environments, False, options.threads, steps, **settings)
    table["gymnasium-walker"] = (f"{WALKER}, one environment, random actions", lambda: gymnasium_steps(WALKER, options.seconds))
    table["envpool-walker"] = (
        f"{WALKER}, {ENVIRONMENTS} environments, random actions, {options.threads} threads",
        lambda: envpool_steps(WALKER, options.threads, options.seconds))
    table["sb3-ppo-walker-1"] = (
        f"PPO on {WALKER}, one environment, n_steps 2048, batch 64, [256, 256]", walker("PPO", 1, 8192, network=[256, 256]))
    table["sb3-ppo-walker-16"] = (
        f"PPO on {WALKER}, 16 environments, DummyVecEnv, n_steps 2048, batch 64, [64, 64]", walker("PPO", 16, 32768, network=[64, 64]))
    table["sb3-sac-walker"] = (
        f"SAC on {WALKER}, one environment, batch 256, [256, 256], one update a step", walker("SAC", 1, 1000, network=[256, 256]))
    table["sb3-contrib-recurrent-walker"] = (
        f"Recurrent PPO on {WALKER}, LSTM 256, 16 environments, n_steps 1024, batch 128, 10 epochs",
        lambda: sb3(
            "RecurrentPPO", WALKER, 16, False, options.threads, 16384, network=[64, 64], n_steps=1024, batch_size=128, n_epochs=10,
            policy="MlpLstmPolicy", package="sb3_contrib", lstm_hidden_size=256))
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=pathlib.Path, help="write the figures to this file as JSON")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="measure these only")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each peer, in turn (default 3)")
    parser.add_argument("--iterations", type=int, default=2, help="PPO iterations a round, of 16384 steps each (default 2)")
    parser.add_argument("--seconds", type=float, default=5, help="length of a round of each stepping measurement (default 5)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads for MuJoCo and torch (default: all cores)")
    parser.add_argument("--vecnormalize", action="store_true", help="normalise observations and rewards in PPO (slower; off by default)")
    options = parser.parse_args()

    table = peers(options)
    chosen = options.only or list(table)
    if unknown := [name for name in chosen if name not in table]:
        parser.error(f"unknown: {', '.join(unknown)}; there are: {', '.join(table)}")
    if min(options.rounds, options.iterations, options.threads) < 1 or options.seconds <= 0:
        parser.error("rounds, iterations, threads and seconds must be positive")

    # Warm up everyone, then go around.
    load = os.getloadavg()[0]
    rounds = {name: [] for name in chosen}
    with contextlib.ExitStack() as stack:
        measures = {name: stack.enter_context(table[name][1]()) for name in chosen}
        for measure in measures.values():
            measure()
        for _ in range(options.rounds):
            for name, measure in measures.items():
                rounds[name].append(measure())

    figures = []
    for name, measured in rounds.items():
        rates = [steps / seconds for steps, seconds in measured]
        steps, seconds = (sum(column) for column in zip(*measured))
        rate, low, high = statistics.median(rates), min(rates), max(rates)
        figures.append({"name": name, "what": table[name][0], "steps": steps, "seconds": seconds, "steps_per_second": rate, "rounds": rates})
        print(f"{name:<18} {steps:>9,} steps {seconds:>7.1f} s {rate:>8,.0f} steps/s ({low:,.0f} to {high:,.0f})   {table[name][0]}")

    # Renamed into place, so that a reader never meets half a file.
    if options.out:
        packages = ["envpool", "gymnasium", "mujoco", "numpy", "stable_baselines3", "sb3_contrib", "torch"]
        versions = {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}
        machine = {"cores": os.cpu_count(), "cpu": cpu(), "load_before": load}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        scratch = options.out.with_suffix(".writing")
        scratch.write_text(json.dumps({"machine": machine, "versions": versions, "figures": figures}, indent=2) + "\n", encoding="utf-8")
        scratch.replace(options.out)


def cpu():
    """The processor's name as Linux gives it."""
    lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    sys.exit(main())
