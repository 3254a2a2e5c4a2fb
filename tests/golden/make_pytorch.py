"""Makes pytorch.txt: what PyTorch says of small poolings, of their indices and gradients, and of norms.

    python3 make_pytorch.py        (any PyTorch from 1.13; Debian: python3-torch)

Maxima are exact. All else is computed by PyTorch in f64 on inputs that the case's type can hold, gradients by autograd;
the test allows the error that the documentation states, and half an ulp of f16 and bf16.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

from golden_text import write
from torch_types import elements

rng = np.random.RandomState(7)
SIZES = {1: (2, 3, 23), 2: (2, 1, 9, 7), 3: (1, 2, 5, 5, 6)}
SMALL = {1: (1, 2, 11), 2: (1, 2, 4, 5), 3: (1, 1, 3, 3, 3)}


def image(spatial, special=False):
    x = rng.uniform(-2, 2, SIZES[spatial]).astype(np.float32)
    if special:
        flat = x.reshape(-1)
        for i, value in enumerate([np.nan, np.inf, -np.inf, -0.0, 0.0, 3e38, 1e-40]):
            flat[rng.randint(flat.size)] = np.float32(value)
    return x


def listed(value, spatial):
    return list(value) if isinstance(value, tuple) else [value] * spatial


def plain(name):
    return name.replace(", ", "x").replace(" ", "_").replace("(", "").replace(")", "")


def positive_zero(y):
    return y + 0.0  # the sign of a zero result is +, whatever PyTorch keeps


def max_pool(spatial, kernel, stride=None, padding=0, dilation=1, ceil=False, special=False):
    x = image(spatial, special)
    pool = getattr(F, f"max_pool{spatial}d")
    y = pool(torch.from_numpy(x), kernel, stride, padding, dilation, ceil).numpy()
    fields = {"op": "max", "kernel": listed(kernel, spatial), "stride": listed(stride or kernel, spatial),
              "padding": listed(padding, spatial), "dilation": listed(dilation, spatial), "ceil": int(ceil)}
    name = f"max{spatial}d k{kernel} s{stride or kernel} p{padding} d{dilation} ceil{int(ceil)} special{int(special)}"
    return plain(name), fields, {"src": x, "dst": positive_zero(y)}


def average_pool(spatial, kernel, stride=None, padding=0, ceil=False, include_pad=True, divisor=None):
    x = image(spatial)
    pool = getattr(F, f"avg_pool{spatial}d")
    extra = {} if spatial == 1 else {"divisor_override": divisor}
    y = pool(torch.from_numpy(x).double(), kernel, stride, padding, ceil_mode=ceil, count_include_pad=include_pad,
             **extra).numpy()
    fields = {"op": "average", "kernel": listed(kernel, spatial), "stride": listed(stride or kernel, spatial),
              "padding": listed(padding, spatial), "ceil": int(ceil), "include_pad": int(include_pad),
              "divisor_override": divisor or 0}
    name = f"average{spatial}d k{kernel} s{stride or kernel} p{padding} ceil{int(ceil)} include{int(include_pad)} by{divisor or 0}"
    return plain(name), fields, {"src": x, "dst": y}


def adaptive_pool(spatial, op, output):
    x = image(spatial)
    kind = {"max": "max", "average": "avg"}[op]
    pool = getattr(F, f"adaptive_{kind}_pool{spatial}d")
    t = torch.from_numpy(x)
    y = pool(t if op == "max" else t.double(), output).numpy()
    fields = {"op": op, "output": listed(output, spatial)}
    return plain(f"adaptive_{op}{spatial}d_{output}"), fields, {"src": x, "dst": positive_zero(y)}


ACTIVATIONS = {
    "none": lambda t: t, "relu": F.relu, "relu6": F.relu6, "clamp": lambda t: F.hardtanh(t, -0.5, 1.25),
    "leaky_relu": lambda t: F.leaky_relu(t, 0.125), "hard_swish": F.hardswish, "hard_sigmoid": F.hardsigmoid,
}


def parameters(channels):
    return [rng.uniform(lo, hi, channels).astype(np.float32) for lo, hi in ((-1, 1), (0.01, 4), (-2, 2), (-1, 1))]


def batch_norm(spatial, activation, residual):
    x = image(spatial)
    mean, variance, gamma, beta = parameters(x.shape[1])
    r = image(spatial)
    as64 = lambda a: torch.from_numpy(a).double()
    y = F.batch_norm(as64(x), as64(mean), as64(variance), as64(gamma), as64(beta), False, 0.1, 2.0 ** -10)
    y = ACTIVATIONS[activation](y + as64(r) if residual else y).numpy()
    tensors = {"src": x, "mean": mean, "variance": variance, "gamma": gamma, "beta": beta, "dst": y}
    if residual:
        tensors["residual"] = r
    return (f"batch_norm{spatial}d_{activation}_residual{int(residual)}",
            {"op": "batch_norm", "activation": activation, "epsilon": 2.0 ** -10}, tensors)


def fold():
    mean, variance, gamma, beta = parameters(4)
    weights = rng.uniform(-1, 1, (4, 3, 2, 2)).astype(np.float32)
    bias = rng.uniform(-1, 1, 4).astype(np.float32)
    as64 = lambda a: torch.from_numpy(a).double()
    folded = torch.nn.utils.fusion.fuse_conv_bn_weights(as64(weights), as64(bias), as64(mean), as64(variance),
                                                        2.0 ** -10, as64(gamma), as64(beta))
    w, b = [t.detach().numpy() for t in folded]
    return ("fold", {"op": "fold", "epsilon": 2.0 ** -10},
            {"weights": weights, "bias": bias, "mean": mean, "variance": variance, "gamma": gamma, "beta": beta,
             "folded_weights": w, "folded_bias": b})


def there_and_back(kind, name, fields, pool, spatial):
    """pool(x), and its gradient; a pool that gives indices, too, is unpooled by them."""
    x = elements(rng.uniform(-2, 2, SMALL[spatial]), kind)
    leaf = torch.from_numpy(x).double().requires_grad_()
    y = pool(leaf)
    tensors = {"src": x}
    if isinstance(y, tuple):
        y, indices = y
        tensors["indices"] = indices.numpy().astype(np.float32)
        if "kernel" in fields:
            unpool = getattr(F, f"max_unpool{spatial}d")
            u = unpool(y.detach(), indices, fields["kernel"], fields["stride"], fields["padding"], leaf.shape)
            tensors["unpooled"] = elements(u.numpy(), kind)
    g = elements(rng.uniform(-1, 1, y.shape), kind)
    y.backward(torch.from_numpy(g).double())
    tensors.update(dst=y.detach().numpy(), grad_dst=g, grad_src=leaf.grad.numpy())
    return plain(f"{name}_{kind}_and_back"), {"type": kind, **fields}, tensors


def max_and_back(kind, spatial, kernel, stride, padding=0, dilation=1, ceil=False):
    pool = getattr(F, f"max_pool{spatial}d")
    fields = {"op": "max_and_back", "kernel": listed(kernel, spatial), "stride": listed(stride, spatial),
              "padding": listed(padding, spatial), "dilation": listed(dilation, spatial), "ceil": int(ceil)}
    return there_and_back(kind, f"max{spatial}d k{kernel} s{stride} p{padding} d{dilation} ceil{int(ceil)}", fields,
                          lambda x: pool(x, kernel, stride, padding, dilation, ceil, return_indices=True), spatial)


def average_and_back(kind, spatial, kernel, stride, padding=0, ceil=False, include_pad=True):
    pool = getattr(F, f"avg_pool{spatial}d")
    fields = {"op": "average_and_back", "kernel": listed(kernel, spatial), "stride": listed(stride, spatial),
              "padding": listed(padding, spatial), "ceil": int(ceil), "include_pad": int(include_pad)}
    return there_and_back(kind, f"average{spatial}d k{kernel} s{stride} p{padding} ceil{int(ceil)} "
                          f"include{int(include_pad)}", fields,
                          lambda x: pool(x, kernel, stride, padding, ceil, include_pad), spatial)


def adaptive_and_back(kind, op, spatial, output):
    pool = getattr(F, f"adaptive_{'max' if op == 'max' else 'avg'}_pool{spatial}d")
    extra = {"return_indices": True} if op == "max" else {}
    return there_and_back(kind, f"adaptive_{op}{spatial}d_{output}",
                          {"op": op + "_and_back", "output": listed(output, spatial)},
                          lambda x: pool(x, output, **extra), spatial)


def lp_and_back(kind, kernel, stride):
    return there_and_back(kind, f"lp2d p2 k{kernel} s{stride}",
                          {"op": "lp_and_back", "p": 2, "kernel": listed(kernel, 2), "stride": listed(stride, 2)},
                          lambda x: F.lp_pool2d(x, 2, kernel, stride), 2)


def lp_pool(kind, p, kernel, stride):
    """Of positive values: PyTorch's odd powers keep the sign."""
    x = np.abs(elements(rng.uniform(-2, 2, SMALL[2]), kind))
    y = F.lp_pool2d(torch.from_numpy(x).double(), p, kernel, stride).numpy()
    return (plain(f"lp2d p{p} k{kernel} s{stride}_{kind}"),
            {"op": "lp", "type": kind, "p": p, "kernel": listed(kernel, 2), "stride": listed(stride, 2)},
            {"src": x, "dst": y})


def response(kind, size, alpha=1e-4, beta=0.75, k=1.0):
    x = elements(rng.uniform(-9, 9, (1, 7, 3)), kind)
    y = F.local_response_norm(torch.from_numpy(x).double(), size, alpha, beta, k).numpy()
    return (plain(f"local_response_norm size{size} beta{beta}_{kind}"),
            {"op": "local_response_norm", "type": kind, "size": size, "alpha": alpha, "beta": beta, "k": k},
            {"src": x, "dst": y})


def cases():
    yield max_pool(1, 3, 2, 1)
    yield max_pool(1, 4, 3, 2, 2, ceil=True)
    yield max_pool(2, 2)
    yield max_pool(2, 3, 2, 1)
    yield max_pool(2, 3, 2, 1, ceil=True)
    yield max_pool(2, (3, 2), (2, 1), (1, 0), (1, 2))
    yield max_pool(2, 5, 1, 2)
    yield max_pool(2, 3, 2, 1, special=True)
    yield max_pool(2, 2, 5)
    yield max_pool(3, 3, 2, 1)
    yield max_pool(3, (2, 3, 2), (2, 1, 3), (1, 1, 0), (1, 2, 1), ceil=True)
    for include in (True, False):
        yield average_pool(1, 3, 2, 1, include_pad=include)
        yield average_pool(1, 5, 3, 2, ceil=True, include_pad=include)
        yield average_pool(2, 3, 2, 1, include_pad=include)
        yield average_pool(2, 3, 2, 1, ceil=True, include_pad=include)
        yield average_pool(2, (2, 3), (3, 2), (1, 0), ceil=True, include_pad=include)
        yield average_pool(3, 3, 2, 1, ceil=True, include_pad=include)
    yield average_pool(2, 2)
    yield average_pool(2, (9, 7))
    yield average_pool(2, 3, 1, 1, divisor=5)
    yield average_pool(3, 5, 1, 2)
    for op in ("max", "average"):
        yield adaptive_pool(1, op, 5)
        yield adaptive_pool(1, op, 40)
        yield adaptive_pool(2, op, (4, 5))
        yield adaptive_pool(2, op, 1)
        yield adaptive_pool(2, op, (11, 3))
        yield adaptive_pool(3, op, (2, 4, 3))
    for activation in ACTIVATIONS:
        yield batch_norm(2, activation, activation == "relu")
    yield batch_norm(1, "none", True)
    yield batch_norm(3, "hard_swish", True)
    yield fold()
    for kind in ("f32", "f16", "bf16", "f64"):
        yield max_and_back(kind, 2, 3, 2, 1)
        yield average_and_back(kind, 2, 3, 2, 1, include_pad=kind == "f16")
        yield adaptive_and_back(kind, "average", 2, (3, 4))
        yield lp_and_back(kind, (2, 3), (1, 2))
        yield lp_pool(kind, 3, 2, 2)
        yield response(kind, 5)
    yield max_and_back("f32", 1, 4, 3, 2, 2, ceil=True)
    yield max_and_back("f32", 3, (2, 3, 2), 2, (1, 1, 0))
    yield average_and_back("f32", 1, 5, 3, 2, ceil=True)
    yield average_and_back("f32", 3, 2, 2, 1, ceil=True, include_pad=False)
    yield adaptive_and_back("f32", "max", 2, (3, 4))
    yield adaptive_and_back("f64", "max", 1, 4)
    yield response("f32", 4, alpha=0.5, beta=0.5, k=2.0)


write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pytorch.txt"),
      f"make_pytorch.py (PyTorch {torch.__version__.split('+')[0]})", cases())
