"""Arrays as tensors of an element type hold them."""
import numpy as np
import torch

TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "f64": torch.float64}


def elements(array, kind):
    """Rounded to the type: f64 of f64, else f32."""
    held = torch.from_numpy(np.asarray(array)).to(TYPES[kind])
    return (held if kind == "f64" else held.float()).numpy()
