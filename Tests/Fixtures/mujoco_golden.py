"""Makes the golden transitions of the MuJoCo tasks with Gymnasium 1.4.0 on MuJoCo 4.0.0.

    python Tests/Fixtures/mujoco_golden.py        (needs gymnasium==1.4.0 mujoco==4.0.0; writes Tests/Fixtures/mujoco/*.golden)

One file a task: a line of JSON, then little-endian float64 numbers.
    start:     qpos[nq] qvel[nv] warmstart[nv] observation[width]
    each step: action[nu] qpos[nq] qvel[nv] warmstart[nv] reward forward survive ctrl contact terminated,
               and after every `observe_every`-th step observation[width]
Nothing stops at a termination: falls and what follows on the ground are part of it.
"""

import json
from pathlib import Path

import gymnasium
import mujoco
import numpy as np

STEPS = 300
TASKS = {  # observations of the wide ones only now and then, to keep the files small
    "Humanoid-v5": 10,
    "Hopper-v5": 1,
    "Walker2d-v5": 1,
    "HalfCheetah-v5": 1,
    "Ant-v5": 10,
    "InvertedPendulum-v5": 1,
}
TERMS = ["reward_forward", "reward_survive", "reward_ctrl", "reward_contact"]


def record(name: str, observe_every: int, seed: int) -> tuple[dict, np.ndarray]:
    env = gymnasium.make(name).unwrapped
    generator = np.random.default_rng(seed)
    low, high = env.action_space.low, env.action_space.high
    observation, _ = env.reset(seed=seed)
    data = env.data
    rows = [data.qpos, data.qvel, data.qacc_warmstart, observation]
    rows = [np.array(row, dtype=np.float64).ravel() for row in rows]
    contacts = terminations = 0
    for step in range(STEPS):
        # Gentle at first, so that it stands for a while; then the full range.
        scale = 0.3 if step < STEPS // 3 else 1.0
        action = (scale * generator.uniform(low, high)).astype(np.float32)
        observation, reward, terminated, _, info = env.step(action)
        terms = [float(info.get(term, 0.0)) for term in TERMS]
        parts = [action, data.qpos, data.qvel, data.qacc_warmstart, [reward], terms, [float(terminated)]]
        if (step + 1) % observe_every == 0:
            parts.append(observation)
        rows += [np.array(part, dtype=np.float64).ravel() for part in parts]
        contacts += data.ncon > 0
        terminations += bool(terminated)
    header = {
        "id": name, "gymnasium": gymnasium.__version__, "mujoco": mujoco.__version__, "seed": seed, "steps": STEPS,
        "nq": env.model.nq, "nv": env.model.nv, "nu": env.model.nu, "width": len(observation), "observe_every": observe_every,
        "steps_with_contact": int(contacts), "steps_unhealthy": terminations,
    }
    return header, np.concatenate(rows)


def main() -> None:
    assert gymnasium.__version__ == "1.4.0" and mujoco.__version__ == "4.0.0"
    folder = Path(__file__).parent / "mujoco"
    folder.mkdir(exist_ok=True)
    for name, observe_every in TASKS.items():
        header, numbers = record(name, observe_every, seed=2026)
        with open(folder / f"{name}.golden", "wb") as file:
            file.write(json.dumps(header).encode() + b"\n")
            file.write(numbers.astype("<f8").tobytes())
        print(header)


if __name__ == "__main__":
    main()
