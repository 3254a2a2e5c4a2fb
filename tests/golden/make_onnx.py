"""Makes onnx.txt from ONNX's own operator tests (onnx/backend/test/case/node, Apache-2.0).

    python3 make_onnx.py ONNX_SOURCES     (a source tree, 1.14 or later; needs numpy alone)

Kept: the f32 and u8 cases of the operators below, first outputs and indices. Every channel of a pooling is a
case of its own, so only the first is kept, and of the three-dimensional ones only a corner.
"""
import importlib.util
import os
import sys
import types

import numpy as np

from golden_text import write

NODES = "onnx/backend/test/case/node"
POOLS = {"AveragePool": "average", "MaxPool": "max", "LpPool": "lp", "GlobalAveragePool": "global_average",
         "GlobalMaxPool": "global_max"}
ATTRIBUTES = {"kernel_shape": "kernel", "strides": "stride", "dilations": "dilation", "ceil_mode": "ceil",
              "count_include_pad": "include_pad", "auto_pad": "auto_pad", "p": "p", "storage_order": "storage_order"}
ROUNDED = ("test_averagepool_2d_ceil_last_window_starts_on_pad",)  # left out: expects four digits
CORNER = 6
RESPONSE = {"size": 5, "alpha": 1e-4, "beta": 0.75, "bias": 1.0}  # ONNX's defaults; it has none of the size


class Node:
    def __init__(self, op_type, inputs, outputs, **attributes):
        self.op_type, self.attributes = op_type, attributes


def collect(root):
    """What the operator tests expect: (name, node, inputs, outputs). ONNX itself need not be built."""
    found = []

    class Exporter(type):
        def __init__(cls, name, bases, members):
            for member in members:
                if member.startswith("export"):
                    np.random.seed(0)
                    getattr(cls, member)()
            super().__init__(name, bases, members)

    def stand_in(name, **members):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)
        return sys.modules[name]

    def load(name, path):
        spec = importlib.util.spec_from_file_location(name, os.path.join(root, path))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])

    def expect(node, inputs, outputs, name, **_):
        found.append((name, node, inputs, outputs))

    helper = stand_in("onnx.helper", make_node=Node)
    stand_in("onnx", helper=helper)
    for package in ("backend", "backend.test", "backend.test.case", "reference", "reference.ops"):
        stand_in("onnx." + package)
    stand_in("onnx.reference.op_run", OpRun=object)
    stand_in("onnx.backend.test.case.base", Base=Exporter("Base", (), {}))
    stand_in("onnx.backend.test.case.node", expect=expect)
    load("onnx.reference.ops.op_pool_common", "onnx/reference/ops/op_pool_common.py")
    for file in ("averagepool", "batch_normalization", "globalaveragepool", "globalmaxpool", "maxpool", "lppool", "lrn", "maxunpool"):
        load(file, f"{NODES}/{file}.py")
    return found


def corner(x, y, attributes):
    """As many outputs, and the inputs they see."""
    kernel, ones = attributes["kernel_shape"], (1, 1, 1)
    most = CORNER - 1 if max(kernel) == 2 else 2
    windows = [min(most, n) for n in y.shape[2:]]
    reach = [(n - 1) * s + (k - 1) * d + 1 for n, k, s, d in
             zip(windows, kernel, attributes.get("strides", ones), attributes.get("dilations", ones))]
    cut = lambda t, sizes: t[(slice(None), slice(None), *map(slice, sizes))]
    return cut(x, reach), cut(y, windows)


def pool_case(name, node, inputs, outputs):
    fields = {"op": POOLS[node.op_type]}
    for key, field in ATTRIBUTES.items():
        if key in node.attributes:
            value = node.attributes[key]
            fields[field] = int(value) if isinstance(value, bool) else value
    pads = node.attributes.get("pads")
    if pads:
        fields["padding"], fields["padding_end"] = pads[:len(pads) // 2], pads[len(pads) // 2:]
    if inputs[0].dtype == np.uint8:
        fields["type"] = "u8"
    x, y = (np.asarray(t, np.float32)[:, :1] for t in (inputs[0], outputs[0]))
    if x.ndim == 5:
        x, y = corner(x, y, node.attributes)
    tensors = {"src": x, "dst": y}
    if len(outputs) > 1:
        tensors["indices"] = outputs[1].astype(np.float64)
    return name, fields, tensors


def unpool_case(name, node, inputs, outputs):
    kernel, stride = node.attributes["kernel_shape"], node.attributes["strides"]
    # Indices count in the plane that the kernel gives; a larger one is zeros around it.
    height, width = ((n - 1) * s + k for n, k, s in zip(inputs[0].shape[2:], kernel, stride))
    tensors = {"src": inputs[0], "indices": inputs[1].astype(np.float64), "dst": outputs[0][..., :height, :width]}
    return name, {"op": "unpool", "kernel": kernel, "stride": stride}, tensors


def norm_case(name, node, inputs, outputs):
    tensors = dict(zip(("src", "gamma", "beta", "mean", "variance"), inputs), dst=outputs[0])
    return name, {"op": "batch_norm", "epsilon": node.attributes.get("epsilon", 1e-5)}, tensors


def response_case(name, node, inputs, outputs):
    attributes = {key: node.attributes.get(key, value) for key, value in RESPONSE.items()}
    return name, {"op": "lrn", **attributes}, {"src": inputs[0], "dst": outputs[0]}


def cases(root):
    for test in collect(root):
        node = test[1]
        if node.op_type == "MaxUnpool":
            yield unpool_case(*test)
        elif node.op_type in POOLS and test[0] not in ROUNDED:
            yield pool_case(*test)
        elif node.op_type == "LRN":
            yield response_case(*test)
        elif node.op_type == "BatchNormalization" and not node.attributes.get("training_mode"):
            yield norm_case(*test)


sources = sys.argv[1]
with open(os.path.join(sources, "VERSION_NUMBER")) as file:
    version = file.read().strip()
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx.txt"), f"make_onnx.py (ONNX {version})", cases(sources))
