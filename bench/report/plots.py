"""The plots of the report, as SVG with real text, drawn once for wide pages and once for phones."""

import io
import re

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402

from rows import FAMILIES  # noqa: E402

INK, FAINT, GRID = "#1f2933", "#66737f", "#e3e8ec"
LAYOUT = {"nchw": ("#1f6f8b", "o", "NCHW"), "nhwc": ("#d9822b", "s", "NHWC")}
FAMILY = dict(zip(FAMILIES, ("#1f6f8b", "#5aa9c4", "#4c9f70", "#a3b13f", "#8e6bbf", "#d9822b", "#c2434b", "#7a6a53", "#d48bb0")))
SMALLEST, LARGEST = 0.42, 32  # ratios beyond are arrows at the edge

plt.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "poolnorm", "font.family": "sans-serif", "font.size": 9,
    "text.color": INK, "axes.labelcolor": FAINT, "xtick.color": FAINT, "ytick.color": FAINT, "axes.edgecolor": GRID,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8, "xtick.major.size": 0,
    "ytick.major.size": 0, "xtick.minor.size": 0, "ytick.minor.size": 0,
})  # fmt: skip


def svg(figure, name, description):
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = out.getvalue()
    text = text[text.index("<svg"):]
    # Identifiers are shared by all plots of a page.
    text = re.sub(r'(id="|href="#|url\(#)', lambda m: m.group(1) + name + "-", text)
    text = re.sub(r'font: ([\d.]+)px[^;"]*', r'font: \1px system-ui, sans-serif', text)
    text = re.sub(r'<svg ', f'<svg role="img" aria-label="{description}" class="{name.rsplit("-", 1)[1]}" ', text, count=1)
    return text


def speedups(rows, name, wide):
    """A line a layer, or two where names stand above: the best peer's time over ours."""
    keys, families = [], []
    for family in FAMILIES:
        for row in rows:
            if row.family == family and row.ratio is not None and row.key not in keys:
                keys.append(row.key)
                families.append(family)
    if not keys:
        return ""
    titles = {row.key: row.title for row in rows}
    at, y, labels, last = {}, 0.0, [], None
    for key, family in zip(keys, families):
        if family != last:
            labels.append((y + 0.1, family))
            y += 1.25 if wide else 1.5
        last = family
        y += 0 if wide else 0.75
        at[key] = y
        y += 1
    threads = sorted({row.threads for row in rows})
    panels = threads if wide else [None]
    line = 0.19
    longest = max(map(len, titles.values()))
    width, left = (9.6, 0.03 + 0.0062 * longest) if wide else (3.9, 0.03)
    height = y * line + 0.95
    figure, axes = plt.subplots(1, len(panels), figsize=(width, height), sharey=True, squeeze=False)
    figure.subplots_adjust(left=left, right=0.985, top=1 - 0.62 / height, bottom=0.3 / height, wspace=0.05)
    for panel, axis in zip(panels, axes[0]):
        axis.set_xscale("log", base=2)
        axis.set_xlim(0.4, LARGEST * 1.25)
        axis.set_ylim(y, -0.3)
        axis.axvspan(0.4, 0.95, color="#fbeaea", lw=0, zorder=0)
        axis.axvspan(0.95, 1.05, color="#d8dee4", lw=0, zorder=0)
        for x in (0.5, 2, 4, 8, 16, 32):
            axis.axvline(x, color=GRID, lw=0.7, zorder=0)
        ticks = (0.5, 1, 2, 4, 8, 16, 32)
        axis.set_xticks(ticks, [f"{t:g}×" for t in ticks])
        axis.tick_params(axis="x", which="both", labeltop=True, labelbottom=True, pad=2)
        axis.minorticks_off()
        axis.spines["left"].set_visible(False)
        axis.spines["bottom"].set_visible(False)
        for key in keys:
            shown = [r for r in rows if r.key == key and r.ratio is not None and panel in (None, r.threads)]
            if not shown:
                continue
            values = [min(max(r.ratio, SMALLEST), LARGEST) for r in shown]
            axis.plot([min(values), max(values)], [at[key]] * 2, color="#c3ccd4", lw=1, zorder=1)
            for row, value in zip(shown, values):
                color, marker, _ = LAYOUT[row.layout]
                solid = panel is not None or row.threads == threads[0]
                axis.plot(value, at[key], marker=">" if row.ratio > LARGEST else "<" if row.ratio < SMALLEST else marker, ms=4.6, mew=1.1, mec=color, mfc=color if solid else "white", zorder=3)
        if panel is not None:
            axis.set_title(f"{panel} thread{'s' if panel > 1 else ''}", fontsize=9.5, loc="left", pad=16, color=INK)
    first = axes[0][0]
    first.set_yticks([at[k] for k in keys] if wide else [], [titles[k] for k in keys] if wide else [], fontsize=8, color=INK)
    if not wide:
        for key in keys:
            first.text(0, at[key] - 0.8, titles[key], transform=first.get_yaxis_transform(), ha="left", va="center", fontsize=7.5)
    for place, label in labels:
        first.text(-0.01 if wide else 0, place + 0.3, label, transform=first.get_yaxis_transform(), ha="right" if wide else "left", va="center", fontsize=8.5, fontweight="bold", color=FAINT)
    handles = [Line2D([], [], marker=m, ls="", color=c, ms=5, label=t) for c, m, t in LAYOUT.values()]
    if not wide and len(threads) > 1:
        handles.append(Line2D([], [], marker="o", ls="", mfc="white", mec=FAINT, ms=5, label=f"{threads[-1]} threads"))
    figure.legend(handles=handles, loc="upper right", ncols=len(handles), frameon=False, fontsize=8.5, handletextpad=0.1, columnspacing=1, bbox_to_anchor=(0.995, 1.0))
    return svg(figure, f"{name}-{'wide' if wide else 'narrow'}", "The best peer's time over ours, layer by layer")


def size_text(value):
    return f"{value / 2**20:g} MiB" if value >= 2**20 else f"{value / 2**10:g} KiB"


def roofline(run, rows, name, wide):
    """Bytes a second against the working set: every row a point under the measured bandwidths."""
    threads = sorted({row.threads for row in rows})
    if not threads:
        return ""
    shape = (1, len(threads)) if wide else (len(threads), 1)
    figure, axes = plt.subplots(*shape, figsize=(9.6, 4.3) if wide else (3.9, 3.7 * len(threads) + 1.4), sharey=True, sharex=True, squeeze=False)
    highest = max(v for points in run.roofline.values() for _, v in points) if run.roofline else max(r.counters["GB_per_s"] for r in rows)
    caches = [float(v) for v in run.context["caches"].split(",")]
    for count, axis in zip(threads, axes.flat):
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.grid(True, which="major", color=GRID, lw=0.7)
        axis.set_axisbelow(True)
        for level, cache in enumerate(caches, 1):
            reach = cache * (count if level < 3 else 1)
            axis.axvline(reach, color="#b6c1ca", lw=0.9, ls=(0, (3, 3)))
            axis.text(reach * 0.93, highest * 1.35, f"L{level}", ha="right", va="top", fontsize=8, color=FAINT)
        for traffic, style in (("copy", "-"), ("read", (0, (5, 2))), ("write", (0, (1, 1.4)))):
            points = sorted(run.roofline.get((traffic, count), []))
            if points:
                axis.plot(*zip(*points), color=INK, lw=1.4, ls=style)
        for row in rows:
            if row.threads == count:
                axis.plot(row.counters["working_set"], row.counters["GB_per_s"], marker=LAYOUT[row.layout][1], ms=4.6, mew=0.5, mec="white", color=FAMILY[row.family], alpha=0.9, ls="")
        axis.set_title(f"{count} thread{'s' if count > 1 else ''}", fontsize=9.5, loc="left")
        axis.set_ylim(0.8, highest * 1.5)
        ticks = [2**k for k in range(14, 31, 4 if not wide else 3)]
        axis.set_xticks(ticks, [size_text(t) for t in ticks])
        axis.set_yticks((1, 3, 10, 30, 100, 300), ("1", "3", "10", "30", "100", "300"))
        axis.minorticks_off()
        axis.set_xlim(min([2**14] + [r.counters["working_set"] for r in rows]) / 1.4, 2**29.5)
    for axis in axes[:, 0]:
        axis.set_ylabel("GB/s, read and written")
    for axis in axes[-1]:
        axis.set_xlabel("working set")
    handles = [Line2D([], [], color=INK, lw=1.4, ls=s, label=t) for t, s in (("copy", "-"), ("read", (0, (4, 1.6))), ("write", (0, (1, 1.2))))]
    handles += [Line2D([], [], marker="o", ls="", color=c, ms=5, label=f) for f, c in FAMILY.items() if any(r.family == f for r in rows)]
    handles += [Line2D([], [], marker=m, ls="", color=FAINT, ms=5, label=t) for _, m, t in LAYOUT.values()]
    figure.legend(handles=handles, loc="lower center", ncols=6 if wide else 2, frameon=False, fontsize=8, handletextpad=0.3, columnspacing=1.1)
    figure.tight_layout(rect=(0, 0.14, 1, 1) if wide else (0, 1.4 / (3.7 * len(threads) + 1.4), 1, 1))
    return svg(figure, f"{name}-{'wide' if wide else 'narrow'}", "Bandwidth against the working set")
