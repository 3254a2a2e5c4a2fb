"""Makes onnx.txt from ONNX's own operator tests (onnx.backend.test.case.node, Apache-2.0).

    python3 make_onnx.py           (Debian: python3-onnx, 1.12)

Kept: the f32 cases of the operators below, their first output. Every channel of a pooling is a case of
its own, so only the first is kept, and of the three-dimensional ones only a corner.
"""
import os

import numpy as np

for removed in ("float", "int", "bool", "object"):  # ONNX 1.12 predates their removal from NumPy
    if removed not in vars(np):
        setattr(np, removed, getattr(__builtins__, removed))

import onnx
from onnx.backend.test.case.node import collect_testcases

from golden_text import write

POOLS = {"AveragePool": "average", "MaxPool": "max", "GlobalAveragePool": "global_average", "GlobalMaxPool": "global_max"}
ATTRIBUTES = {"kernel_shape": "kernel", "strides": "stride", "dilations": "dilation", "ceil_mode": "ceil",
              "count_include_pad": "include_pad", "auto_pad": "auto_pad"}
CORNER = 6


def pool_case(test, node, attributes):
    fields = {"op": POOLS[node.op_type]}
    for key, name in ATTRIBUTES.items():
        if key in attributes:
            value = attributes[key]
            fields[name] = value.decode() if isinstance(value, bytes) else value
    pads = attributes.get("pads")
    if pads:
        fields["padding"], fields["padding_end"] = pads[:len(pads) // 2], pads[len(pads) // 2:]
    x, y = test.data_sets[0][0][0][:, :1], test.data_sets[0][1][0][:, :1]
    if x.ndim == 5 and "kernel_shape" in attributes:
        x, y = x[..., :CORNER, :CORNER, :CORNER], y[..., :CORNER - 1, :CORNER - 1, :CORNER - 1]
    return test.name, fields, {"src": x, "dst": y}


def norm_case(test, attributes):
    names = ("src", "gamma", "beta", "mean", "variance")
    tensors = dict(zip(names, test.data_sets[0][0]), dst=test.data_sets[0][1][0])
    return test.name, {"op": "batch_norm", "epsilon": attributes.get("epsilon", 1e-5)}, tensors


def cases():
    for test in collect_testcases(""):
        node = test.model.graph.node[0]
        if node.op_type not in (*POOLS, "BatchNormalization") or test.data_sets[0][0][0].dtype != np.float32:
            continue
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type in POOLS:
            yield pool_case(test, node, attributes)
        elif not attributes.get("training_mode"):
            yield norm_case(test, attributes)


write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx.txt"), f"make_onnx.py (ONNX {onnx.__version__})", cases())
