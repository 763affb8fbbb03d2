"""Golden numbers of SAC's parts, made with PyTorch: python sac_golden.py

Writes networks/sac.json: {case: {name: [numbers]}}, matrices row-major. Inputs are rounded to single precision, so that the tests read exactly
what was used here; everything else is computed in double precision.
"""
import json
import math
import pathlib

import torch

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(33)
cases = {}


def draw(*shape, scale=1.0):
    return (scale * torch.randn(*shape, generator=generator)).float().double()


def save(case, **tensors):
    cases[case] = {name: [float(f"{x:.9g}") for x in torch.as_tensor(t).detach().flatten().tolist()] for name, t in tensors.items()}


# The squashed Gaussian by its definition: torch's own transformed distribution, and for extreme u the log-determinant in its exact form.
LOW, HIGH = -5.0, 1.0


def squashed(output, noise):
    mean, log_std = output.chunk(2, -1)
    log_std = log_std.clamp(LOW, HIGH)
    u = mean + log_std.exp() * noise
    log_determinant = 2 * (math.log(2) - u - torch.nn.functional.softplus(-2 * u))
    log_p = (torch.distributions.Normal(mean, log_std.exp()).log_prob(u) - log_determinant).sum(-1)
    return u, torch.tanh(u), log_p


B, A = 7, 3
output, noise, d_action, weight = draw(B, 2 * A), draw(B, A), draw(B, A), 0.37
output[:, A:] *= 3  # some ln σ lie beyond their bounds
output = output.float().double().requires_grad_()
u, action, log_p = squashed(output, noise)
reference = torch.distributions.TransformedDistribution(
    torch.distributions.Normal(output[:, :A], output[:, A:].clamp(LOW, HIGH).exp()), torch.distributions.TanhTransform(cache_size=1)
)
assert torch.allclose(reference.log_prob(action).sum(-1), log_p, rtol=1e-6)
((d_action * action).sum() + weight * log_p.sum()).backward()
save(
    "squashed", output=output, noise=noise, dActions=d_action, weight=weight, bounds=[LOW, HIGH], u=u, actions=action, logProbabilities=log_p,
    dOutput=output.grad,
)
means = torch.tensor([0.0, 1e-3, -1e-3, 5.0, -5.0, 9.0, -9.0, 20.0, -20.0, 100.0, -100.0])
output = torch.stack([means, torch.zeros_like(means)], -1).requires_grad_()
u, action, log_p = squashed(output, torch.zeros(len(means), 1))
log_p.sum().backward()
save("squashed-extreme", output=output, logProbabilities=log_p, dOutput=output.grad)


# Batch renormalisation (Ioffe 2017), with what the corrections and the running statistics become.
def renorm(x, gain, bias, mean, variance, corrected, epsilon=1e-3, r_max=3.0, d_max=5.0):
    batch_mean, batch_variance = x.mean(0), x.var(0, unbiased=False)
    deviation, running = (batch_variance + epsilon).sqrt(), (variance + epsilon).sqrt()
    r = (deviation / running).detach().clamp(1 / r_max, r_max) if corrected else torch.ones_like(mean)
    d = ((batch_mean - mean) / running).detach().clamp(-d_max, d_max) if corrected else torch.zeros_like(mean)
    y = ((x - batch_mean) / deviation * r + d) * gain + bias
    return y, mean + 0.01 * (batch_mean - mean).detach(), variance + 0.01 * (batch_variance - variance).detach()


def chain(x, p, layers, corrected=None, norm=False):
    """Dense layers with ReLU, each behind a batch renormalisation where `corrected` is not None ("running": with the running statistics)."""
    following = {}
    for i in range(layers):
        if corrected is not None:
            gain, bias, mean, variance = (p[f"m.{i}.renorm.{k}"] for k in ("weight", "bias", "mean", "variance"))
            if corrected == "running":
                x = (x - mean) / (variance + 1e-3).sqrt() * gain + bias
            else:
                x, following[f"after:m.{i}.renorm.mean"], following[f"after:m.{i}.renorm.variance"] = renorm(x, gain, bias, mean, variance, corrected)
        x = torch.nn.functional.linear(x, p[f"m.{i}.weight"], p[f"m.{i}.bias"])
        if i < layers - 1:
            if norm:
                x = torch.nn.functional.layer_norm(x, x.shape[-1:], p[f"m.{i}.norm.weight"], p[f"m.{i}.norm.bias"], 1e-5)
            x = torch.relu(x)
    return x, following


def parameters(widths, renorms, norm=False):
    p = {}
    for i, (c, d) in enumerate(zip(widths, widths[1:])):
        p[f"m.{i}.weight"], p[f"m.{i}.bias"] = draw(d, c, scale=c**-0.5), draw(d, scale=0.3)
        if norm and i < len(widths) - 2:
            p[f"m.{i}.norm.weight"], p[f"m.{i}.norm.bias"] = 1 + draw(d, scale=0.3), draw(d, scale=0.3)
        if renorms:
            p[f"m.{i}.renorm.weight"], p[f"m.{i}.renorm.bias"] = 1 + draw(c, scale=0.3), draw(c, scale=0.3)
            # Far from the batch's in some columns, so that the corrections meet their bounds.
            p[f"m.{i}.renorm.mean"], p[f"m.{i}.renorm.variance"] = draw(c, scale=2), draw(c).exp() ** 2
    p = {k: v.float().double() for k, v in p.items()}
    for k, v in p.items():
        v.requires_grad_(not k.endswith((".renorm.mean", ".renorm.variance")))
    return p


for case, corrected in (("batch", False), ("corrected", True), ("running", "running")):
    p = parameters((5, 6, 4, 2), True)
    x, g = draw(9, 5).requires_grad_(), draw(9, 2)
    y, following = chain(x, p, 3, corrected)
    y.backward(g)
    save(f"renorm-{case}", x=x, g=g, y=y, dx=x.grad, **p, **{"d:" + k: v.grad for k, v in p.items() if v.grad is not None}, **following)


# A whole update of SAC: losses and all gradients, for plain critics, critics with layer normalisation, and CrossQ.
W, A, B, H = 4, 2, 8, 6
for case in ("plain", "norm", "crossq"):
    joint = case == "crossq"
    actor = parameters((W, H, H, 2 * A), joint)
    critics = [parameters((W + A, H, H, 1), joint, case == "norm") for _ in range(2)]
    targets = [parameters((W + A, H, H, 1), joint, case == "norm") for _ in range(2)]
    s, s2, a = draw(B, W), draw(B, W), torch.tanh(draw(B, A)).float().double()
    reward, noise, noise2 = draw(B), draw(B, A), draw(B, A)
    discount = torch.tensor([0.9, 0.81, 0.0, 0.9, 0.9, 0.0, 0.729, 0.9]).float().double()
    alpha, target_entropy = 0.3, -float(A)
    running = "running" if joint else None

    with torch.no_grad():
        _, a2, log_p2 = squashed(chain(s2, actor, 3, running)[0], noise2)
    inputs = torch.cat([torch.cat([s, a], -1), torch.cat([s2, a2], -1)])
    following = {}
    if joint:
        qs = []
        for i, p in enumerate(critics):
            q, after = chain(inputs, p, 3, True)
            qs.append(q.squeeze(-1))
            following |= {f"critic{i + 1}.{k}": v for k, v in after.items()}
        current, after = [q[:B] for q in qs], [q[B:] for q in qs]
    else:
        current = [chain(inputs[:B], p, 3, norm=case == "norm")[0].squeeze(-1) for p in critics]
        after = [chain(inputs[B:], p, 3, norm=case == "norm")[0].squeeze(-1) for p in targets]
    y = (reward + discount * (torch.min(*after) - alpha * log_p2)).detach()
    critic_loss = 0.5 * sum(torch.nn.functional.mse_loss(q, y) for q in current)
    critic_loss.backward()

    # The actor's loss here uses the critics before their step, and for CrossQ their statistics after the joint pass.
    frozen = [{k: v.detach() for k, v in p.items()} for p in critics]
    for i, p in enumerate(frozen):
        for k in p:
            p[k] = following.get(f"critic{i + 1}.after:{k}", p[k])
    output, actor_after = chain(s, actor, 3, True if joint else None)
    _, pi, log_p = squashed(output, noise)
    values = [chain(torch.cat([s, pi], -1), p, 3, running, case == "norm")[0].squeeze(-1) for p in frozen]
    actor_loss = (alpha * log_p - torch.min(*values)).mean()
    actor_loss.backward()
    log_alpha = torch.tensor(math.log(alpha), requires_grad=True)
    alpha_loss = -(log_alpha * (log_p + target_entropy).detach()).mean()
    alpha_loss.backward()

    def named(prefix, p):
        return {prefix + k[1:]: v for k, v in p.items()} | {"d:" + prefix + k[1:]: v.grad for k, v in p.items() if v.grad is not None}

    save(
        f"update-{case}", observations=torch.cat([s, s2]), actions=a, rewards=reward, discounts=discount, noise=noise, nextNoise=noise2, targets=y,
        settings=[alpha, target_entropy, LOW, HIGH], losses=torch.stack([critic_loss, actor_loss, alpha_loss]), dLogAlpha=log_alpha.grad,
        logProbabilities=log_p, nextLogProbabilities=log_p2, **named("actor", actor), **named("critic1", critics[0]), **named("critic2", critics[1]),
        **({} if joint else {f"target:critic{i + 1}{k[1:]}": v for i, p in enumerate(targets) for k, v in p.items()}),
        **{k.replace("after:m", "after").replace("critic1.after", "after:critic1").replace("critic2.after", "after:critic2"): v for k, v in following.items()},
        **{k.replace("after:m", "after:actor"): v for k, v in actor_after.items()},
    )

path = pathlib.Path(__file__).parent / "networks" / "sac.json"
path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in cases.items()) + "\n}\n")
print(path, path.stat().st_size, "bytes,", len(cases), "cases")
