"""Plays a policy that Crest stored in Gymnasium's environment of the same name, and prints the score beside Crest's own.

    python -m venv v && v/bin/pip install 'gymnasium[box2d,mujoco]==1.4.0'
    v/bin/python play_in_gymnasium.py Results/bipedal/robust-1/best --episodes 200

Reads policy.json and policy.safetensors; needs nothing of Crest. Each episode has a fresh environment: BipedalWalker's results depend on the
episodes before it when one world is used again. Where the policy decides less often than the environment steps (`action_repeat`), each action
is repeated as often. The interval is mean ± 1.96 standard errors, lengths are decisions.
"""
import argparse
import json
import pathlib
import struct

import gymnasium
import numpy as np

ACTIVATIONS = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
}


def tensors(path):
    """Name → array of a safetensors file."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    types = {"F32": np.float32, "F64": np.float64}
    return {
        name: np.frombuffer(data[8 + size :][slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__"}


class Policy:
    """Deterministic actions: the mean, or tanh of it."""

    def __init__(self, folder):
        self.description = json.loads((folder / "policy.json").read_text())
        self.weights = tensors(folder / "policy.safetensors")
        self.architecture = self.description["architecture"]
        self.squashed = self.architecture.get("kind") == "squashed_gaussian"
        if self.architecture.get("layerNorm") or self.architecture.get("batchRenorm"):
            raise SystemExit("this script knows plain layers only")
        self.activation = ACTIVATIONS[self.architecture["activation"]]
        space = self.architecture["actionSpace"]
        self.low, self.high = (np.array([float(v) for v in space[end]], np.float32) for end in ("low", "high"))
        self.mean = self.scale = None
        if "observations.mean" in self.weights:
            variance = self.weights["observations.squares"] / self.weights["observations.count"]
            self.mean, self.scale = self.weights["observations.mean"], 1 / np.sqrt(variance + 1e-8)

    def layers(self, name):
        i = 0
        while f"{name}.{i}.weight" in self.weights:
            yield self.weights[f"{name}.{i}.weight"], self.weights[f"{name}.{i}.bias"]
            i += 1

    def __call__(self, observation):
        x = observation
        if self.mean is not None:
            clip = self.description["observation_clip"]
            x = np.clip((x - self.mean) * self.scale, -clip, clip)
        x = np.asarray(x, np.float32)
        for weight, bias in self.layers("trunk"):
            x = self.activation(weight @ x + bias)
        actor = list(self.layers("actor"))
        for i, (weight, bias) in enumerate(actor):
            x = weight @ x + bias
            if i + 1 < len(actor):
                x = self.activation(x)
        if self.squashed:
            x = np.tanh(x[: len(self.low)])
        if self.squashed or self.description["action_transform"] == "rescale":
            return self.low + (np.clip(x, -1, 1) + 1) * 0.5 * (self.high - self.low)
        return np.clip(x, self.low, self.high)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("policy", type=pathlib.Path, help="folder with policy.json and policy.safetensors")
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=10_000, help="seed of the first episode")
    options = parser.parse_args()

    policy = Policy(options.policy)
    described = policy.description["environment"]
    name = described["id"]
    environment = gymnasium.make(name)
    repeats = round(described["timeStep"] * environment.metadata["render_fps"])
    width = environment.observation_space.shape[0]
    environment.close()
    if repeats < 1 or width != policy.architecture["observationWidth"]:
        raise SystemExit(f"the policy observes {policy.architecture['observationWidth']} numbers, {name} gives {width}: it needs a wrapper that this script lacks")
    returns, lengths = [], []
    for k in range(options.episodes):
        environment = gymnasium.make(name)
        observation, _ = environment.reset(seed=options.seed + k)
        total, steps, over = 0.0, 0, False
        while not over:
            action = policy(observation)
            for _ in range(repeats):
                observation, reward, terminated, truncated, _ = environment.step(action)
                total, over = total + reward, terminated or truncated
                if over:
                    break
            steps += 1
        environment.close()
        returns.append(total)
        lengths.append(steps)
    returns = np.array(returns)
    half = 1.96 * returns.std(ddof=1) / len(returns) ** 0.5
    print(
        f"{name} in Gymnasium {gymnasium.__version__}, {len(returns)} episodes: return {returns.mean():.1f} ± {half:.1f} (95 %), deviation "
        f"{returns.std(ddof=1):.1f}, median {np.median(returns):.1f}, at least 300 in {100 * (returns >= 300).mean():.0f} %, length {np.mean(lengths):.0f}")


if __name__ == "__main__":
    main()
