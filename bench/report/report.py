"""report.py FILE.json...: writes report.html beside the first file, and prints its main figures as Markdown."""

import html
import sys
from pathlib import Path

import plots
from rows import FAMILIES, TYPES, geometric_mean, read

HERE = Path(__file__).parent


def time_text(us):
    return f"{us:.1f} µs" if us < 99.95 else f"{us:.0f} µs" if us < 10000 else f"{us / 1000:.1f} ms"


def ratio_text(value):
    return "–" if value is None else f"{value:.2f}" if value < 9.995 else f"{value:.1f}"


def percent(share):
    return f"{share * 100:.0f} %"


def figures(rows):
    """Of rows that a peer does: the geometric mean, and how many are ahead, level and behind."""
    compared = [r for r in rows if r.ratio is not None]
    ahead = sum(r.ratio > 1.05 for r in compared)
    behind = sum(r.behind for r in compared)
    return geometric_mean(r.ratio for r in compared), ahead, len(compared) - ahead - behind, behind


def tiles(run):
    mean, ahead, level, behind = figures(r for r in run.rows if not r.cold)
    cells = [(f"{mean:.2f}×", "the best peer's time over ours, geometric mean"), (ahead, "rows ahead by more than 5 %"),
             (level, "rows level, or at 0.9 of the bound"), (behind, "rows where a peer is ahead")]  # fmt: skip
    return '<div class="tiles">' + "".join(f"<p><b>{value}</b>{text}</p>" for value, text in cells) + "</div>"


def summary(rows):
    """By family and by type of elements: the ratio to the best peer, and the share of the bound of all rows."""
    heads = ("rows", "compared", "best peer / ours", "ahead", "level", "behind", "of the bound")
    more = ("rows", "compared", "ahead", "level")  # where there is room
    out = ['<table class="summary"><thead><tr><th></th>', *(f'<th{" class=more" if h in more else ""}>{h}</th>' for h in heads), "</tr></thead><tbody>"]
    for by, groups in (("family", FAMILIES), ("type", TYPES)):
        out.append(f'<tr class="family"><th colspan="{len(heads) + 1}">by {by}</th></tr>')
        for group in groups:
            members = [r for r in rows if getattr(r, by) == group]
            if not members:
                continue
            mean, *counts = figures(members)
            compared = sum(counts)
            share = geometric_mean(r.counters["share"] for r in members)
            cells = [len(members), compared or "–", f"{mean:.2f}" if compared else "–"]
            cells += counts if compared else ["–"] * 3
            out.append(f'<tr><th scope="row">{group}</th>')
            for head, value in zip(heads, [*cells, percent(share)]):
                kind = "more" if head in more else "ratio" if head == heads[2] else "ahead" if head == "behind" and value not in (0, "–") else ""
                out.append(f'<td class="{kind}">{value}</td>')
            out.append("</tr>")
    return "".join(out) + "</tbody></table>"


def behind(rows):
    """The rows where a peer is ahead, the furthest first."""
    found = sorted((r for r in rows if r.behind), key=lambda r: r.ratio)
    if not found:
        return ""
    heads = ("layer", "layout", "threads", "caches", "time", "of the bound", "best peer", "ratio")
    out = [f"<details><summary>{len(found)} rows where a peer is ahead, in hot or cold caches</summary><table><thead><tr>", *(f"<th>{h}</th>" for h in heads), "</tr></thead><tbody>"]
    for r in found:
        cells = (r.layout.upper(), r.threads, "cold" if r.cold else "hot", time_text(r.us), percent(r.counters["share"]), r.best_peer, ratio_text(r.ratio))
        out.append(f'<tr class="behind"><th scope="row">{html.escape(r.title)}</th>')
        out += [f'<td data-label="{h}"{" class=ratio" if h == "ratio" else ""}>{html.escape(str(c))}</td>' for h, c in zip(heads[1:], cells)]
        out.append("</tr>")
    return "".join(out) + "</tbody></table></details>"


def both_widths(draw, *arguments):
    return "".join(draw(*arguments, wide) for wide in (True, False))


def table(rows, peers):
    counted = any("cycles_per_output" in r.counters for r in rows)
    heads = ["layer", "layout", "threads", "time", "GB/s", "of the bound", "best peer", "ratio"] + (["cycles", "instructions"] if counted else []) + peers
    out = ["<table><thead><tr>", *(f"<th>{html.escape(h.replace('_', ' '))}</th>" for h in heads), "</tr></thead><tbody>"]
    for family in FAMILIES:
        members = [r for r in rows if r.family == family]
        if members:
            out.append(f'<tr class="family"><th colspan="{len(heads)}">{family}</th></tr>')
        for r in members:
            theirs = r.peers()
            share = r.counters["share"]
            state = "behind" if r.behind else "level" if (r.ratio or 9) <= 1.05 else ""
            cells = [("layer", r.title), ("layout", r.layout.upper()), ("threads", str(r.threads)), ("time", time_text(r.us)),
                     ("GB/s", f"{r.counters['GB_per_s']:.1f}"), (f"bound, {r.level}", percent(share)),
                     ("best peer", r.best_peer or "–"), ("ratio", ratio_text(r.ratio))]  # fmt: skip
            if counted:
                cells += [(k, f"{r.counters[f'{k}_per_output']:.2f}" if f"{k}_per_output" in r.counters else "–") for k in ("cycles", "instructions")]
            out.append(f'<tr class="{state}">')
            for i, (label, text) in enumerate(cells):
                if i == 0:
                    out.append(f'<th scope="row">{html.escape(text)}</th>')
                else:
                    kind = ' class="ratio"' if label == "ratio" else ""
                    bar = f' style="--share:{min(share, 1):.3f}" class="share"' if label.startswith("bound") else ""
                    out.append(f'<td data-label="{label}"{kind}{bar}>{html.escape(text)}</td>')
            for peer in peers:
                if peer in theirs:
                    how = html.escape(r.how.get(peer, ""), quote=True)
                    out.append(f'<td class="peer" data-label="{peer.replace("_", " ")}" title="{how}">{time_text(theirs[peer][0])}</td>')
                else:
                    out.append('<td class="peer none">–</td>')
            out.append("</tr>")
    return "".join(out) + "</tbody></table>"


def section(run):
    peers = sorted({p for r in run.rows for p in r.peers()}, key=lambda p: ("blocked" in p, p == "separate", p.lower()))
    parts = [f'<section><h2 id="{run.isa}">{run.isa}</h2><h3>Summary, hot caches</h3>', tiles(run), summary([r for r in run.rows if not r.cold]), behind(run.rows)]
    if run.failed:
        items = "".join(f"<li>{html.escape('/'.join((r.network, r.layer, f'n{r.batch}', r.layout, f't{r.threads}')))}: {html.escape(r.error)}</li>" for r in run.failed)
        parts.append(f'<div class="failed"><b>{len(run.failed)} rows failed and are not shown</b><ul>{items}</ul></div>')
    for cold in (False, True):
        of_caches = [r for r in run.rows if r.cold == cold]
        for network in dict.fromkeys(r.network for r in of_caches):
            rows = [r for r in of_caches if r.network == network]
            name = f"{run.isa}-{network}-{'cold' if cold else 'hot'}"
            caches = "cold caches" if cold else "hot caches"
            parts.append(f"<h3>{network}, {caches}: time relative to the best peer</h3>")
            parts.append(f'<figure>{both_widths(plots.speedups, rows, "s-" + name)}<figcaption>Right of 1× we are faster. The grey band is a tie.</figcaption></figure>')
            if not cold:
                parts.append(f"<h3>{network}: roofline</h3>")
                parts.append(f'<figure>{both_widths(plots.roofline, run, rows, "r-" + name)}<figcaption>Every row under the bandwidths measured in the same run.</figcaption></figure>')
            parts.append(f"<details{'' if cold else ' open'}><summary>{network}, {caches}: {len(rows)} rows</summary>{table(rows, peers)}</details>")
    return "".join(parts) + "</section>"


def page(runs):
    context = runs[0].context
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "") if Path("/proc/cpuinfo").exists() else ""
    sizes = [plots.size_text(float(v)) for v in context["caches"].split(",")]
    versions = {}
    for run in runs:
        versions.update(run.versions())
    absent = [f"{name} cannot be capped to {run.isa} and is not in its rows" for run in runs for name in versions if name not in run.versions()]
    machine = f"{cpu or 'CPU'}, {context['num_cpus']} CPUs; L1 {sizes[0]}, L2 {sizes[1]} a core, L3 {sizes[2]}"
    listed = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in versions.items())
    text = (HERE / "page.html").read_text()
    for key, value in (("machine", html.escape(machine)), ("date", html.escape(context["date"][:10])), ("versions", html.escape(listed)),
                       ("absent", html.escape("; ".join(absent) + "." if absent else "")), ("sections", "".join(map(section, runs)))):  # fmt: skip
        text = text.replace("{{" + key + "}}", value)
    return text, machine, listed


def markdown(runs, machine, listed):
    print(f"{machine}; {runs[0].context['date'][:10]}; {listed}\n")
    heads = "rows | compared | best peer's time / ours, geometric mean | ahead | level | behind | of the bound"

    def line(name, rows):
        mean, *counts = figures(rows)
        compared = sum(counts)
        shown = [f"{mean:.2f}", *counts] if compared else ["–"] * 4
        print(f"| {name} | {len(rows)} | {compared} | {' | '.join(map(str, shown))} | {percent(geometric_mean(r.counters['share'] for r in rows))} |")

    print(f"| instruction set, threads, caches | {heads} |\n|---|---|---|---|---|---|---|---|")
    for run in runs:
        for threads in sorted({r.threads for r in run.rows}):
            for cold in (False, True):
                rows = [r for r in run.rows if r.threads == threads and r.cold == cold]
                if rows:
                    line(f"{run.isa}, {threads}, {'cold' if cold else 'hot'}", rows)
    for by, groups in (("family", FAMILIES), ("type", TYPES)):
        print(f"\n| {by}, hot caches | {heads} |\n|---|---|---|---|---|---|---|---|")
        for run in runs:
            for group in groups:
                rows = [r for r in run.rows if getattr(r, by) == group and not r.cold]
                if rows:
                    line(f"{group}, {run.isa}", rows)
    behind = sorted((r for run in runs for r in run.rows if r.behind), key=lambda r: r.ratio)
    print("\n| row where a peer is ahead | layout | isa | threads | time | of the bound | peer | its time / ours |\n|---|---|---|---|---|---|---|---|")
    for r in behind:
        print(f"| {r.title}{', cold' if r.cold else ''} | {r.layout.upper()} | {r.isa} | {r.threads} | {time_text(r.us)} | {percent(r.counters['share'])} | {r.best_peer} | {r.ratio:.2f} |")


def main(files):
    runs = [read(f) for f in files]
    text, machine, listed = page(runs)
    out = Path(files[0]).with_name("report.html")
    out.write_text(text)
    markdown(runs, machine, listed)
    print(f"\nreport.py: {out}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
