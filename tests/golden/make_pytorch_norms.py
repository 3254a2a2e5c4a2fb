"""Makes pytorch_norms.txt: what PyTorch says of norms with statistics of their input, and of their gradients.

    python3 make_pytorch_norms.py        (PyTorch from 2.4, for rms_norm; Debian: python3-torch)

PyTorch computes in f64 on inputs that the case's type can hold, and the gradients by autograd. Parameters are f32, of
f64 they are f64.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

from golden_text import write
from torch_types import elements

rng = np.random.RandomState(11)


def values(*dims, mean=0.0, kind="f32"):
    return elements(mean + rng.standard_normal(dims), kind)


def leaf(array):
    return torch.from_numpy(array).double().requires_grad_()


def case(name, fields, norm, dims, parameters, residual=False, extra=None, kind="f32"):
    """norm(src, gamma, beta[, residual]) with its gradients; `extra` is what norm leaves behind."""
    if kind != "f32":
        name, fields = f"{name}_{kind}", {"type": kind, **fields}
    of_parameters = "f64" if kind == "f64" else "f32"
    arrays = {"src": values(*dims, mean=3.0, kind=kind), "gamma": values(parameters, kind=of_parameters),
              "beta": values(parameters, kind=of_parameters)}
    if residual:
        arrays["residual"] = values(*dims, kind=kind)
    leaves = {key: leaf(array) for key, array in arrays.items()}
    y = norm(*leaves.values())
    arrays["grad_dst"] = values(*dims, kind=kind)
    y.backward(torch.from_numpy(arrays["grad_dst"]).double())
    arrays["dst"] = y.detach().numpy()
    for key, t in leaves.items():
        if t.grad is not None:
            arrays["grad_" + key] = t.grad.numpy()
    for key, t in (extra or {}).items():
        arrays[key] = t.detach().numpy()
    return name, fields, arrays


def batch_norm(spatial, dims, momentum=0.1, training=True, relu=False, kind="f32"):
    mean, variance = torch.full((dims[1],), 0.5).double(), torch.full((dims[1],), 2.0).double()
    before = {"mean_before": mean.float().numpy(), "variance_before": variance.float().numpy()}

    def norm(x, gamma, beta, residual=None):
        y = F.batch_norm(x, mean, variance, gamma, beta, training, momentum, 2.0 ** -10)
        return F.relu(y + residual) if relu else y

    name, fields, arrays = case(
        f"batch_norm{spatial}d_{'x'.join(map(str, dims))}_training{int(training)}_relu{int(relu)}",
        {"op": "batch_norm", "epsilon": 2.0 ** -10, "momentum": momentum, "training": int(training),
         "relu": int(relu)}, norm, dims, dims[1], relu,
        {"running_mean": mean, "running_variance": variance}, kind)
    return name, fields, {**arrays, **before}


def group_norm(dims, groups):
    return case(f"group_norm_{'x'.join(map(str, dims))}_g{groups}",
                {"op": "group_norm", "groups": groups, "epsilon": 2.0 ** -10},
                lambda x, gamma, beta: F.group_norm(x, groups, gamma, beta, 2.0 ** -10), dims, dims[1])


def instance_norm(dims):
    return case(f"instance_norm_{'x'.join(map(str, dims))}",
                {"op": "group_norm", "groups": dims[1], "epsilon": 2.0 ** -10},
                lambda x, gamma, beta: F.instance_norm(x, None, None, gamma, beta, True, 0.1, 2.0 ** -10), dims, dims[1])


def row_norm(norm_kind, dims, axis, residual=False, kind="f32"):
    shape = dims[axis:]

    def norm(x, gamma, beta, r=None):
        s = x if r is None else x + r
        if norm_kind == "layer":
            return F.layer_norm(s, shape, gamma.view(shape), beta.view(shape), 2.0 ** -10)
        return F.rms_norm(s, shape, gamma.view(shape), 2.0 ** -10) + beta.view(shape)

    return case(f"{norm_kind}_norm_{'x'.join(map(str, dims))}_axis{axis}_residual{int(residual)}",
                {"op": norm_kind + "_norm", "axis": axis, "epsilon": 2.0 ** -10}, norm, dims, int(np.prod(shape)),
                residual, kind=kind)


def cases():
    yield batch_norm(1, (70, 3))
    yield batch_norm(1, (4, 3, 9), momentum=0.25)
    yield batch_norm(2, (3, 4, 3, 5))
    yield batch_norm(2, (3, 4, 3, 5), relu=True)
    yield batch_norm(2, (2, 3, 3, 4), training=False)
    yield group_norm((2, 6, 3, 4), 3)
    yield group_norm((3, 8), 2)
    yield instance_norm((2, 3, 4, 5))
    for norm in ("layer", "rms"):
        yield row_norm(norm, (5, 19), 1)
        yield row_norm(norm, (2, 3, 4, 5), 1)
        yield row_norm(norm, (2, 3, 4, 5), 3, residual=True)
    for kind in ("f16", "bf16", "f64"):
        yield batch_norm(2, (2, 2, 2, 3), momentum=0.25, relu=True, kind=kind)
        yield row_norm("layer", (2, 7), 1, kind=kind)
        yield row_norm("rms", (2, 7), 1, kind=kind)


write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pytorch_norms.txt"),
      f"make_pytorch_norms.py (PyTorch {torch.__version__.split('+')[0]})", cases())
