"""Golden numbers of layers, distributions, Adam and PPO's loss, made with PyTorch: python networks_golden.py

Writes networks/golden.json: {case: {name: [numbers]}}, matrices row-major. Inputs are rounded to single precision, so that the tests read
exactly what was used here; everything else is computed in double precision.
"""
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20)
cases = {}


def draw(*shape, scale=1.0):
    return (scale * torch.randn(*shape, generator=generator)).float().double()


def save(case, **tensors):
    cases[case] = {name: [float(f"{x:.9g}") for x in t.detach().flatten().tolist()] for name, t in tensors.items()}


def activate(name, x):
    return {"identity": lambda x: x, "tanh": torch.tanh, "relu": torch.relu, "elu": torch.nn.functional.elu}[name](x)


def dense(x, p, name, activation, norm):
    y = torch.nn.functional.linear(x, p[name + ".weight"], p[name + ".bias"])
    if norm:
        y = torch.nn.functional.layer_norm(y, y.shape[-1:], p[name + ".norm.weight"], p[name + ".norm.bias"], 1e-5)
    return activate(activation, y)


def parameters(widths, prefix, norm, last_is_head):
    p = {}
    for i, (c, d) in enumerate(zip(widths, widths[1:])):
        p[f"{prefix}.{i}.weight"] = draw(d, c, scale=c**-0.5)
        p[f"{prefix}.{i}.bias"] = draw(d, scale=0.3)
        if norm and not (last_is_head and i == len(widths) - 2):
            p[f"{prefix}.{i}.norm.weight"] = 1 + draw(d, scale=0.3)
            p[f"{prefix}.{i}.norm.bias"] = draw(d, scale=0.3)
    return {k: v.float().double().requires_grad_() for k, v in p.items()}


def mlp(x, p, prefix, layers, activation, norm, head):
    for i in range(layers):
        last = head and i == layers - 1
        x = dense(x, p, f"{prefix}.{i}", "identity" if last else activation, norm and not last)
    return x


# Layers: one alone, and a chain of two with a head.
for activation in ("tanh", "relu", "elu"):
    for norm in (False, True):
        for widths, head in (((7, 6), False), ((7, 19, 6, 3), True)):
            p = parameters(widths, "m", norm, head)
            x = draw(5, widths[0]).requires_grad_()
            g = draw(5, widths[-1])
            y = mlp(x, p, "m", len(widths) - 1, activation, norm, head)
            y.backward(g)
            save(
                f"{'mlp' if head else 'dense'}-{activation}{'-norm' if norm else ''}", x=x, g=g, y=y, dx=x.grad, **p,
                **{"d:" + k: v.grad for k, v in p.items()},
            )

# Distributions: each row's log-probability and entropy, and the categorical's gradient of weight·ln p + entropyWeight·H. The Gaussian's is in
# PPO's loss below. The last draw is for nothing but the numbers behind it.
mean, log_std, action, _ = draw(6, 4), draw(4, scale=0.7), draw(6, 4), draw(6)
normal = torch.distributions.Normal(mean, log_std.exp())
log_p = normal.log_prob(action).sum(-1)
save("gaussian", mean=mean, logStd=log_std, action=action, logProbability=log_p, entropy=normal.entropy().sum(-1)[:1])
logits, index, weight, entropy_weight = draw(6, 5, scale=2).requires_grad_(), torch.tensor([0, 4, 2, 1, 3, 2]), draw(6), draw(6)
categorical = torch.distributions.Categorical(logits=logits)
log_p = categorical.log_prob(index)
(weight * log_p + entropy_weight * categorical.entropy()).sum().backward()
save(
    "categorical", logits=logits, action=index.double(), weight=weight, entropyWeight=entropy_weight, logProbability=log_p,
    entropy=categorical.entropy(), dLogits=logits.grad,
)

# Adam: eight updates, gradients of very different size, clipped by their global norm.
for case, (beta1, beta2, epsilon, decay) in {
    "adam-default": (0.9, 0.999, 1e-5, 0.0),
    "adam-equal-betas": (0.95, 0.95, 1e-8, 0.0),
    "adam-decay": (0.9, 0.99, 1e-8, 0.03),
}.items():
    w = draw(37).requires_grad_()
    start = w.detach().clone()
    optimiser = torch.optim.Adam([w], lr=3e-3, betas=(beta1, beta2), eps=epsilon, weight_decay=decay)
    gradients, after, norms = [], [], []
    for t in range(8):
        gradient = draw(37, scale=[0.02, 1, 30, 0.1, 0.001, 5, 0.05, 1][t])
        w.grad = gradient.clone()
        norms.append(torch.nn.utils.clip_grad_norm_([w], 0.5))
        optimiser.step()
        gradients.append(gradient)
        after.append(w.detach().clone())
    save(
        case, start=start, gradients=torch.cat(gradients), after=torch.cat(after), norms=torch.stack(norms),
        settings=torch.tensor([beta1, beta2, epsilon, decay]),
    )


# PPO's loss: parts and gradients.
def ppo_loss(outputs, values, log_std, actions, old_log_p, old_values, advantages, returns, c):
    if log_std is not None:
        distribution = torch.distributions.Normal(outputs, log_std.exp())
        log_p, entropy = distribution.log_prob(actions).sum(-1), distribution.entropy().sum(-1)
        excess = (outputs - c["high"]).clamp(min=0) + (outputs - c["low"]).clamp(max=0)
        bound = (excess**2).sum(-1)
    else:
        distribution = torch.distributions.Categorical(logits=outputs)
        log_p, entropy, bound = distribution.log_prob(actions), distribution.entropy(), torch.zeros(())
    log_ratio = log_p - old_log_p
    ratio = log_ratio.exp()
    policy = -torch.min(ratio * advantages, ratio.clamp(1 - c["clip"], 1 + c["clip"]) * advantages)
    value = (values - returns) ** 2
    if c["value_clip"] > 0:
        clipped = old_values + (values - old_values).clamp(-c["value_clip"], c["value_clip"])
        value = torch.max(value, (clipped - returns) ** 2)
    loss = (policy + c["value"] * value - c["entropy"] * entropy + c["bound"] * bound).mean()
    parts = torch.stack([
        policy.mean(), value.mean(), entropy.mean(), bound.mean(), (ratio - 1 - log_ratio).mean(),
        ((ratio - 1).abs() > c["clip"]).double().mean(), (ratio - 1).abs().max(),
    ])
    return loss, parts


B, A = 24, 3
for kind in ("gaussian", "categorical"):
    for value_clip in (0.0, 0.2):
        c = dict(clip=0.2, value_clip=value_clip, value=0.7, entropy=0.013, bound=0.4, low=-0.9, high=1.1)
        outputs, values = draw(B, A).requires_grad_(), draw(B).requires_grad_()
        old_values = (values + draw(B, scale=0.3)).detach().float().double()
        returns, advantages = draw(B), draw(B)
        if kind == "gaussian":
            log_std = draw(A, scale=0.3).requires_grad_()
            actions = (outputs + log_std.exp() * draw(B, A)).detach().float().double()
            log_p = torch.distributions.Normal(outputs, log_std.exp()).log_prob(actions).sum(-1)
        else:
            log_std = None
            actions = torch.randint(0, A, (B,), generator=generator)
            log_p = torch.distributions.Categorical(logits=outputs).log_prob(actions)
        old_log_p = (log_p + draw(B, scale=0.3)).detach().float().double()
        loss, parts = ppo_loss(outputs, values, log_std, actions, old_log_p, old_values, advantages, returns, c)
        loss.backward()
        save(
            f"ppo-{kind}{'-value-clip' if value_clip else ''}", outputs=outputs, values=values, actions=actions.double(), oldLogProbabilities=old_log_p,
            oldValues=old_values, advantages=advantages, returns=returns, loss=loss, parts=parts, dOutputs=outputs.grad, dValues=values.grad,
            **({} if log_std is None else {"logStd": log_std, "dLogStd": log_std.grad}),
            settings=torch.tensor([c[k] for k in ("clip", "value_clip", "value", "entropy", "bound", "low", "high")]),
        )

# Whole actor-critics: outputs, and the way back from given gradients of means and values.
for case, shared, norm, activation in (
    ("separate", False, False, "tanh"), ("separate-norm", False, True, "elu"), ("shared", True, False, "tanh"), ("shared-norm", True, True, "elu"),
):
    x, g, gv = draw(9, 5), draw(9, 3), draw(9, 1)
    if shared:
        p = parameters((5, 8, 6), "trunk", norm, False) | parameters((6, 3), "actor", False, True) | parameters((6, 1), "critic", False, True)
        features = mlp(x, p, "trunk", 2, activation, norm, False)
        outputs, values = mlp(features, p, "actor", 1, activation, False, True), mlp(features, p, "critic", 1, activation, False, True)
    else:
        p = parameters((5, 8, 6, 3), "actor", norm, True) | parameters((5, 7, 1), "critic", norm, True)
        outputs, values = mlp(x, p, "actor", 3, activation, norm, True), mlp(x, p, "critic", 2, activation, norm, True)
    ((outputs * g).sum() + (values * gv).sum()).backward()
    save(
        f"actor-critic-{case}", x=x, g=g, gv=gv, outputs=outputs, values=values, **p, **{"d:" + k: v.grad for k, v in p.items()},
    )

path = pathlib.Path(__file__).parent / "networks" / "golden.json"
path.parent.mkdir(exist_ok=True)
path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in cases.items()) + "\n}\n")
print(path, path.stat().st_size, "bytes,", len(cases), "cases")
