"""The text form of golden cases, as tests/support/golden.hpp reads it.

    case NAME
    FIELD VALUE...                 words
    f32 NAME DIMS... : BITS...     a float tensor, 8 hexadecimal digits a value
    f64 NAME DIMS... : BITS...     a double tensor, 16 digits a value
"""
import numpy as np


def field(name, value):
    values = value if isinstance(value, (list, tuple)) else [value]
    return " ".join([name] + [str(v) for v in values])


def tensor(name, array):
    array = np.asarray(array)
    kind, digits, bits = {"float32": ("f32", 8, np.uint32), "float64": ("f64", 16, np.uint64)}[str(array.dtype)]
    words = np.ascontiguousarray(array).view(bits).ravel()
    return " ".join([kind, name, *map(str, array.shape), ":", *(f"{int(w):0{digits}x}" for w in words)])


def write(path, made_by, cases):
    with open(path, "w") as out:
        print(f"# Made by {made_by}; do not edit.", file=out)
        for name, fields, tensors in cases:
            print(f"case {name}", file=out)
            for key, value in fields.items():
                print(field(key, value), file=out)
            for key, array in tensors.items():
                print(tensor(key, array), file=out)
