"""Recordings of Gymnasium's BipedalWalker for Crest's tests: `golden` (states and short episodes), `terrain` (statistics of the ground),
`parity` (scores of fixed controllers).

    python -m venv v && v/bin/pip install 'gymnasium[box2d]==1.4.0'
    v/bin/python bipedal.py golden bipedal_golden.json
    v/bin/python bipedal.py terrain bipedal_terrain.json --episodes 400
    v/bin/python bipedal.py parity bipedal_parity.json --episodes 200
"""
import argparse
import json

import Box2D
import gymnasium
import numpy as np
from gymnasium.envs.box2d import bipedal_walker as reference

# The parameters of Crest's ScriptedGait, in the order of its fields.
GAIT = dict(zip(
    "swing_hip swing_knee land_hip land_knee stance_hip stance_knee push_knee hip_stiffness hip_damping knee_stiffness knee_damping "
    "pitch pitch_rate rise swing_steps land_steps".split(),
    [1.0601, -0.5063, 0.3560, 0.2047, -0.1039, 0.1534, 0.8452, 0.6327, 0.2728, 1.8490,
     0.3704, 1.1657, 5.4078, 10.1380, 20.2993, 13.5593]))


class ScriptedGait:
    """The same logic as Sources/EnvironmentsBox2D/ScriptedGait.swift."""

    def __init__(self):
        self.swing, self.landing, self.steps = 0, False, 0

    def __call__(self, s):
        g = GAIT
        first = 4 + 5 * self.swing
        self.steps += 1
        if not self.landing and (self.steps >= g["swing_steps"] or s[first] >= 0.9 * g["swing_hip"]):
            self.landing, self.steps = True, 0
        elif self.landing and (s[first + 4] > 0 or self.steps >= g["land_steps"]):
            self.landing, self.steps, self.swing = False, 0, 1 - self.swing
        balance = g["pitch"] * s[0] + g["pitch_rate"] * s[1]
        action = []
        for leg in range(2):
            at = 4 + 5 * leg
            if leg == self.swing:
                hip, knee = (g["land_hip"], g["land_knee"]) if self.landing else (g["swing_hip"], g["swing_knee"])
                extra_hip, extra_knee = 0, 0
            else:
                hip, knee = g["stance_hip"], g["push_knee"] if self.landing else g["stance_knee"]
                extra_hip, extra_knee = balance, -g["rise"] * s[3]
            action.append(g["hip_stiffness"] * (hip - s[at]) - g["hip_damping"] * s[at + 1] + extra_hip)
            action.append(g["knee_stiffness"] * (knee - s[at + 2]) - g["knee_damping"] * s[at + 3] + extra_knee)
        return np.clip(np.array(action), -1, 1).astype(np.float32)


class Zero:
    def __call__(self, s):
        return np.zeros(4, np.float32)


class Random:
    def __init__(self, seed=0):
        self.generator = np.random.default_rng(seed)

    def __call__(self, s):
        return self.generator.uniform(-1, 1, 4).astype(np.float32)


def recorded_reset(env, seed):
    """Resets and returns the first observation and the force on the hull."""
    forces = []
    original = Box2D.b2Body.ApplyForceToCenter

    def listen(body, force, wake):
        forces.append(float(force[0]))
        return original(body, force, wake)

    Box2D.b2Body.ApplyForceToCenter = listen
    try:
        observation, _ = env.reset(seed=seed)
    finally:
        Box2D.b2Body.ApplyForceToCenter = original
    return observation, forces[0]


def terrain_of(env):
    quads = []
    for body in reversed(env.terrain):  # as created
        for fixture in body.fixtures:
            if len(fixture.shape.vertices) == 4:
                quads += [float(c) for corner in fixture.shape.vertices for c in corner]
    return {"heights": [float(y) for y in env.terrain_y], "quads": quads}


def floats(values):
    return [float("%.9g" % v) for v in values]  # enough for a float32


class Frozen:
    """A world in which no time passes."""

    def __init__(self, world):
        self.world = world

    def Step(self, *_):
        pass

    def RayCast(self, *arguments):
        return self.world.RayCast(*arguments)


def golden(path):
    episodes, placed = [], []
    for kind, seed, policy, steps in [
        ("normal", 1, ScriptedGait(), 40), ("normal", 2, ScriptedGait(), 40), ("hardcore", 3, ScriptedGait(), 40),
        ("hardcore", 4, ScriptedGait(), 40), ("normal", 5, Zero(), 15), ("normal", 6, Random(6), 6)]:
        env = reference.BipedalWalker(hardcore=kind == "hardcore")  # a fresh one: a used world orders its contacts by its history
        observation, push = recorded_reset(env, seed)
        record = {"kind": kind, "terrain": terrain_of(env), "push": push, "first": floats(observation), "steps": []}
        for _ in range(steps):
            action = policy(observation)
            observation, reward, terminated, _, _ = env.step(action)
            record["steps"].append({"action": floats(action), "observation": floats(observation), "reward": float(reward), "terminated": bool(terminated)})
        episodes.append(record)

    # States set by hand: what is seen and rewarded follows from the formulas alone.
    generator = np.random.default_rng(7)
    for kind, seed in [("normal", 11), ("hardcore", 12), ("hardcore", 13)]:
        env = reference.BipedalWalker(hardcore=kind == "hardcore")
        _, push = recorded_reset(env, seed)
        env.world = Frozen(env.world)
        record = {"kind": kind, "terrain": terrain_of(env), "push": push, "states": []}
        for i in range(60):
            x = generator.uniform(0.3, 88)
            ground = float(np.interp(x, env.terrain_x, env.terrain_y))
            x = -0.05 if i == 57 else 88.9 if i == 58 else x
            bodies = []
            for k, body in enumerate([env.hull] + env.legs):
                y = ground + generator.uniform(0.8, 2.6) if k == 0 else bodies[0][1] - 0.5 * k
                body.transform = (float(np.float32(x)), float(np.float32(y))), float(np.float32(generator.uniform(-0.7, 0.7)))
                body.linearVelocity = tuple(floats(generator.uniform(-4, 4, 2).astype(np.float32)))
                body.angularVelocity = float(np.float32(generator.uniform(-5, 5)))
                bodies.append(floats([body.position.x, body.position.y, body.angle, *body.linearVelocity, body.angularVelocity]))
            contacts = [bool(c) for c in generator.integers(0, 2, 2)]
            env.legs[1].ground_contact, env.legs[3].ground_contact = contacts
            env.game_over = i in (20, 21)
            action = generator.uniform(-1.5, 1.5, 4).astype(np.float32)
            observation, reward, terminated, _, _ = env.step(action)
            record["states"].append({
                "bodies": bodies, "contacts": [int(c) for c in contacts], "gameOver": env.game_over, "action": floats(action),
                "observation": floats(observation), "reward": float(reward), "terminated": bool(terminated)})
        placed.append(record)
    write(path, {"versions": versions(), "episodes": episodes, "placed": placed})


def parity(path, count):
    results = []
    for kind, identifier in [("normal", "BipedalWalker-v3"), ("hardcore", "BipedalWalkerHardcore-v3")]:
        for name, policy in [("gait", ScriptedGait), ("random", Random), ("zero", Zero)]:
            for fresh in (False, True):
                env = gymnasium.make(identifier)
                returns, lengths = [], []
                for seed in range(count):
                    if fresh:
                        env = gymnasium.make(identifier)
                    act = policy(seed) if policy is Random else policy()
                    observation, _ = env.reset(seed=seed)
                    total, length, over = 0.0, 0, False
                    while not over:
                        observation, reward, terminated, truncated, _ = env.step(act(observation))
                        total, length, over = total + float(reward), length + 1, terminated or truncated
                    returns.append(total)
                    lengths.append(length)
                results.append({
                    "kind": kind, "policy": name, "world": "fresh" if fresh else "reused", "episodes": count, "mean": float(np.mean(returns)),
                    "std": float(np.std(returns, ddof=1)), "lengthMean": float(np.mean(lengths)), "lengthStd": float(np.std(lengths, ddof=1))})
                print(results[-1], flush=True)
    write(path, {"versions": versions(), "results": results})


def terrain(path, count):
    """Per episode: the spread of the ground, its mean step, and how many obstacles of each size there are; mean and deviation over episodes."""
    statistics = {}
    for kind in ("normal", "hardcore"):
        env = reference.BipedalWalker(hardcore=kind == "hardcore")
        rows = []
        for seed in range(count):
            env.reset(seed=seed)
            heights, quads = np.array(env.terrain_y), np.array(terrain_of(env)["quads"]).reshape(-1, 4, 2)
            sizes = np.round((quads.max(1) - quads.min(1)) / reference.TERRAIN_STEP).astype(int).tolist()
            row = {"level": heights.mean(), "spread": heights.std(), "step": np.abs(np.diff(heights)).mean()}
            for name, size in [("stump1", [1, 1]), ("stump2", [2, 2]), ("wall", [1, 4]), ("stair", [4, 1])]:
                row[name] = sizes.count(size)
            row["other"] = len(sizes) - sum(row[n] for n in ("stump1", "stump2", "wall", "stair"))
            rows.append(row)
        statistics[kind] = {
            key: {"mean": float(np.mean([r[key] for r in rows])), "std": float(np.std([r[key] for r in rows], ddof=1))} for key in rows[0]}
    write(path, {"versions": versions(), "episodes": count, "statistics": statistics})


def versions():
    return {"gymnasium": gymnasium.__version__, "box2d": Box2D.__version__, "numpy": np.__version__}


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["golden", "terrain", "parity"])
    parser.add_argument("path")
    parser.add_argument("--episodes", type=int, default=200)
    arguments = parser.parse_args()
    if arguments.what == "golden":
        golden(arguments.path)
    else:
        {"terrain": terrain, "parity": parity}[arguments.what](arguments.path, arguments.episodes)
