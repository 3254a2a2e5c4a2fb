"""The JSON files of poolnorm_bench as rows."""

import json
import math
import re
import statistics
from dataclasses import dataclass, field
from pathlib import Path

FAMILIES = ("max", "max with indices", "average", "global and adaptive", "gradient of a pool", "norm", "norm and pool",
            "norm with statistics", "gradient of a norm")  # fmt: skip
TYPES = ("f32", "bf16", "f16", "f64", "s8", "u8")


@dataclass
class Row:
    network: str
    layer: str
    batch: int
    layout: str
    isa: str
    threads: int
    cold: bool
    us: float = 0
    counters: dict = field(default_factory=dict)
    level: str = ""
    how: dict = field(default_factory=dict)  # by peer
    error: str = ""

    @property
    def ratio(self):  # of the best peer's time to ours; None: no peer does the layer
        return self.counters.get("peers_ratio")

    @property
    def best_peer(self):
        for name, value in self.peers().items():
            if value[1] == self.ratio:
                return name
        return ""

    @property
    def behind(self):
        return self.ratio is not None and self.ratio < 0.95 and self.counters["share"] < 0.9

    def peers(self):
        """Name to (microseconds, ratio)."""
        names = [k[:-6] for k in self.counters if k.endswith("_ratio") and k != "peers_ratio"]
        return {n: (self.counters[n + "_us"], self.counters[n + "_ratio"]) for n in names}

    @property
    def type(self):  # of the elements: the last word, where it is not f32
        found = re.search(rf"(?<!_indices)_({'|'.join(TYPES)})$", self.layer)
        return found[1] if found else "f32"

    @property
    def backward(self):
        return "_backward" in self.layer

    @property
    def family(self):
        if "+" in self.layer:
            return "norm and pool"
        is_norm = self.layer.startswith(("batch_norm", "group_norm", "layer_norm"))
        if self.backward:
            return "gradient of a norm" if is_norm else "gradient of a pool"
        if is_norm:
            return "norm" if re.match(r"batch_norm_\d", self.layer) else "norm with statistics"
        if self.layer.startswith(("global", "adaptive")):
            return "global and adaptive"
        if "_indices" in self.layer:
            return "max with indices"
        return "max" if self.layer.startswith(("max", "min")) else "average"

    @property
    def title(self):
        """max_64x112x112_k3s2p1_bf16 of batch 32 as 'max 3×3 s2 p1 bf16, 32×64×112×112'."""
        parts = re.fullmatch(r"(.*?)_(\d[\dx]*)(.*)", self.layer)
        if not parts:
            return f"{self.layer}, batch {self.batch}"
        head, size, tail = parts.groups()
        words = head.replace("batch_norm_training", "batch norm, training" if not self.backward else "batch norm")
        words = words.replace("norm_", "norm ").replace("_", " ").replace("+", " + ")
        axes = size.count("x")

        def window(match):
            kernel, stride, padding = match.groups()
            kernel = kernel if "x" in kernel else "×".join([kernel] * axes)
            return f" {kernel.replace('x', '×')} s{stride}" + (f" p{padding}" if padding != "0" else "")

        tail = re.sub(r"_k([\dx]+)s([\dx]+)p([\dx]+)", window, tail)
        tail = re.sub(r"_g(\d+)", r" in \1 groups", re.sub(r"_o([\dx]+)", r" to \1", tail))
        tail = re.sub(r"_indices_(\w\d+)", r" from \1 indices" if self.backward else r" with \1 indices", tail)
        tail = tail.replace("_backward", "").replace("_", " ")
        of = "gradient of " if self.backward else ""
        return f"{of}{words}{tail}, {self.batch}×{size.replace('x', '×')}"

    @property
    def key(self):
        return (self.network, self.layer, self.batch)


def parse(entry):
    parts = entry["name"].split("/")
    network, layer, batch, layout, isa, threads = parts[:6]
    row = Row(network, layer, int(batch[1:]), layout, isa, int(threads[1:]), "cold" in parts[6:])
    if entry.get("error_occurred"):
        row.error = entry.get("error_message", "failed")
        return row
    row.us = entry["real_time"]
    row.counters = {k: v for k, v in entry.items() if isinstance(v, float) and k not in ("real_time", "cpu_time")}
    level, *how = entry.get("label", "").split("; ")
    row.level = level
    row.how = dict(text.split(": ", 1) for text in how)
    return row


@dataclass
class Run:
    isa: str
    context: dict
    rows: list
    failed: list
    roofline: dict  # (traffic, threads) to [(bytes, GB/s)]

    def versions(self):
        known = {"date", "host_name", "executable", "num_cpus", "mhz_per_cpu", "cpu_scaling_enabled", "caches", "load_avg",
                 "library_build_type", "library_version", "json_schema_version", "isa", "separate", "aslr_enabled", "cpu"}
        return {k: v for k, v in self.context.items() if k not in known}


def read(path):
    data = json.loads(Path(path).read_text())
    run = Run(data["context"]["isa"], data["context"], [], [], {})
    for entry in data["benchmarks"]:
        if entry.get("run_type") == "aggregate":
            continue
        if entry["name"].startswith("roofline/"):
            _, traffic, _, threads = entry["name"].split("/")[:4]
            run.roofline.setdefault((traffic, int(threads[1:])), []).append((entry["working_set"], entry["GB_per_s"]))
            continue
        row = parse(entry)
        (run.failed if row.error else run.rows).append(row)
    return run


def geometric_mean(values):
    values = list(values)
    return math.exp(statistics.fmean(map(math.log, values))) if values else float("nan")
