"""Golden numbers of the LSTM, made with PyTorch: python lstm_golden.py

Writes networks/lstm.json: {case: {name: [numbers]}}, matrices row-major, sequences time-major. Inputs are rounded to single precision, so that the
tests read exactly what was used here; everything else is computed in double precision.
"""
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(31)
cases = {}
T, B, C, H = 6, 3, 5, 4


def draw(*shape, scale=1.0):
    return (scale * torch.randn(*shape, generator=generator)).float().double()


def save(case, **tensors):
    cases[case] = {name: [float(f"{x:.9g}") for x in t.detach().double().flatten().tolist()] for name, t in tensors.items()}


def gains(n):
    return (1 + draw(n, scale=0.3)).float().double()


def normalise(x, gain, bias=None):
    return torch.nn.functional.layer_norm(x, x.shape[-1:], gain, bias, 1e-5)


def by_hand(x, h, c, starts, p, norm):
    """The recurrence as it is written down; without norm it must agree with torch.nn.LSTM."""
    outputs = []
    for t in range(T):
        keep = 1 - starts[t][:, None]
        h, c = h * keep, c * keep
        from_x, from_h = x[t] @ p["weight_ih"].T, h @ p["weight_hh"].T
        if norm:
            from_x, from_h = normalise(from_x, p["norm_ih.weight"]), normalise(from_h, p["norm_hh.weight"])
        i, f, g, o = (from_x + from_h + p["bias"]).chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        shown = normalise(c, p["norm_cell.weight"], p["norm_cell.bias"]) if norm else c
        h = torch.sigmoid(o) * torch.tanh(shown)
        outputs.append(h)
    return torch.stack(outputs), h, c


def by_torch(x, h, c, starts, p):
    """torch.nn.LSTM, called anew where an episode starts."""
    lstm = torch.nn.LSTM(C, H)
    names = {"weight_ih_l0": p["weight_ih"], "weight_hh_l0": p["weight_hh"], "bias_ih_l0": p["bias"], "bias_hh_l0": torch.zeros(4 * H)}
    outputs = []
    for t in range(T):
        keep = 1 - starts[t][:, None]
        y, (h, c) = torch.func.functional_call(lstm, names, (x[t : t + 1], ((h * keep)[None], (c * keep)[None])))
        h, c = h[0], c[0]
        outputs.append(y[0])
    return torch.stack(outputs), h, c


for norm in (False, True):
    for resets in (False, True):
        p = {"weight_ih": draw(4 * H, C, scale=C**-0.5), "weight_hh": draw(4 * H, H, scale=H**-0.5), "bias": draw(4 * H, scale=0.5)}
        if norm:
            p |= {"norm_ih.weight": gains(4 * H), "norm_hh.weight": gains(4 * H), "norm_cell.weight": gains(H), "norm_cell.bias": draw(H, scale=0.3)}
        p = {k: v.requires_grad_() for k, v in p.items()}
        x, h0, c0 = draw(T, B, C).requires_grad_(), draw(B, H, scale=0.5).requires_grad_(), draw(B, H).requires_grad_()
        starts = torch.zeros(T, B)
        if resets:
            # In the middle, two side by side, at the very beginning, and in two steps that follow each other.
            for t, b in ((2, 0), (2, 1), (0, 2), (4, 2), (5, 2)):
                starts[t, b] = 1
        g = draw(T, B, H)
        y, h, c = by_hand(x, h0, c0, starts, p, norm)
        if not norm:
            reference = by_torch(x, h0, c0, starts, p)
            assert max((a - b).abs().max().item() for a, b in zip((y, h, c), reference)) < 1e-12
            y, h, c = reference
        (y * g).sum().backward()
        save(
            f"lstm{'-norm' if norm else ''}{'-resets' if resets else ''}", x=x, h0=h0, c0=c0, starts=starts, g=g, y=y, cT=c, dx=x.grad,
            dh0=h0.grad, dc0=c0.grad, **p, **{"d:" + k: v.grad for k, v in p.items()},
        )

path = pathlib.Path(__file__).parent / "networks" / "lstm.json"
path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in cases.items()) + "\n}\n")
print(path, path.stat().st_size, "bytes,", len(cases), "cases")
