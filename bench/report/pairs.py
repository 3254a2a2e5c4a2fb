"""Ratios of two revisions, from files old.<pair>.json and new.<pair>.json: what compare.sh prints."""

import json
import math
import statistics
import sys
from pathlib import Path


def times(path):
    rows = json.loads(path.read_text())["benchmarks"]
    return {r["name"].split("/iterations")[0]: r["real_time"] for r in rows if r.get("run_type") == "iteration" and not r.get("error_occurred")}


def main(old, new, folder):
    files = sorted(Path(folder).glob("old.*.json"))
    pairs = [(times(f), times(f.with_name(f.name.replace("old", "new", 1)))) for f in files]
    rows = [name for name in pairs[0][0] if all(name in side for pair in pairs for side in pair)]
    if not rows:
        print("no row that both revisions have", file=sys.stderr)
        return 1
    width = max(map(len, rows))
    print(f"{'':{width}} {'old, us':>10} {'new, us':>10} {'old/new':>8}  least .. greatest of {len(pairs)} pairs ({old} / {new})")
    logs = []
    for name in rows:
        ratios = [a[name] / b[name] for a, b in pairs]
        median = statistics.median(ratios)
        logs.append(math.log(median))
        # Outside the tie, and every pair on the same side of 1.
        mark = "+" if median > 1.05 and min(ratios) > 1 else "-" if median < 0.95 and max(ratios) < 1 else " "
        print(
            f"{name:{width}} {statistics.median(a[name] for a, _ in pairs):10.2f} {statistics.median(b[name] for _, b in pairs):10.2f} "
            f"{median:8.3f}{mark} {min(ratios):.3f} .. {max(ratios):.3f}"
        )
    print(f"geometric mean of {len(rows)} rows: {math.exp(statistics.fmean(logs)):.3f} (above 1: {new} is faster)")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
