"""Makes toy_cnn.txt: the weights of a small CNN, one image, and what PyTorch makes of it.

    python3 make_toy_cnn.py        (any PyTorch from 1.13; Debian: python3-torch)

One tensor a line: name, count, values. toy_runtime.cpp runs the same network.
"""
import os

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(5)


def norm(channels):
    n = nn.BatchNorm2d(channels)
    n.weight.data.uniform_(-1, 2)
    n.bias.data.uniform_(-0.5, 0.5)
    n.running_mean.uniform_(-0.5, 0.5)
    n.running_var.uniform_(0.2, 2)
    return n


class Toy(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.stem_norm = nn.Conv2d(3, 8, 3, padding=1, bias=False), norm(8)
        self.block, self.block_norm = nn.Conv2d(8, 8, 3, padding=1, bias=False), norm(8)
        self.squeeze, self.expand = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1)
        self.transition_norm = norm(8)
        self.last, self.last_norm = nn.Conv2d(8, 16, 1, bias=False), norm(16)
        self.classes = nn.Conv2d(16, 10, 1)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.stem_norm(self.stem(x))), 3, 2, 1)
        x = F.hardswish(self.block_norm(self.block(x)) + x)
        s = F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))
        x = x * F.hardsigmoid(self.expand(s))
        x = F.avg_pool2d(F.relu(self.transition_norm(x)), 2)
        x = F.relu(self.last_norm(self.last(x)))  # its norm is folded by the runtime
        return self.classes(F.adaptive_avg_pool2d(x, 1))


with torch.no_grad():
    model = Toy().eval()
    image = torch.rand(1, 3, 18, 22) * 2 - 1
    tensors = [(k, v) for k, v in model.state_dict().items() if v.dtype == torch.float32]
    tensors += [("image", image), ("scores", model(image))]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "toy_cnn.txt"), "w") as out:
        for name, tensor in tensors:
            values = tensor.flatten().tolist()
            out.write("%s %d %s\n" % (name, len(values), " ".join("%.9g" % v for v in values)))
