#!/usr/bin/python3
"""Markdown tables and the growth picture from the CSV of measure.sh.

Usage: benchmarks/tables.py FOLDER [--update]

Reads FOLDER/*.csv, writes FOLDER/measured.md and FOLDER/growth.png; with --update also
benchmarks/growth.png and the part of benchmarks/README.md between its two marks.
"""
import argparse
import csv
import shutil
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent
BEGIN = "<!-- measured: begin (benchmarks/measure.sh --update) -->"
END = "<!-- measured: end -->"
COLOURS = {"exact": "#0072B2", "cvode": "#D55E00"}
GREY = "#5F5F5F"
FAINT = "#DADADA"
AXES = {
    "subjects": "subjects",
    "days": "days",
    "doses": "doses in 28 days",
    "states": "states",
    "outputs": "output times in 28 days",
}
STYLE = {
    "font.size": 8,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
}


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text):
    """Three significant figures, thousands apart."""
    value = float(text)
    if value == 0:
        return "0"
    digits = max(0, 2 - int(f"{abs(value):e}".split("e")[1]))
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{digits}f}" if digits <= 3 else f"{value:.2g}"


def table(head, rows, left=2):
    mark = [":--" if i < left else "--:" for i in range(len(head))]
    return ["| " + " | ".join(line) + " |" for line in [head, mark, *rows]] + [""]


def workloads(rows):
    one = {}
    lines = []
    for r in rows:
        key = (r["workload"], r["scope"], r["solver"])
        rate = float(r["subjects_per_s"])
        one.setdefault(key, rate)
        spread = f"{number(float(r['subjects']) / float(r['max_s']))} to {number(float(r['subjects']) / float(r['min_s']))}"
        scaling = "" if r["threads"] == "1" else f"{rate / one[key]:.2f}"
        lines.append([r["workload"], r["scope"], r["solver"], r["threads"], number(rate), spread, scaling,
                      r["max_rel_error"], r["rss_mib"]])
    head = ["workload", "scope", "solver", "threads", "courses/s", "min to max", "x one thread", "error", "MiB"]
    return table(head, lines, 3)


def kernels(rows):
    names = list(dict.fromkeys(r["kernels"] for r in rows))
    cells = {(r["workload"], r["solver"], r["kernels"]): number(r["subjects_per_s"]) for r in rows}
    keys = list(dict.fromkeys((r["workload"], r["solver"]) for r in rows))
    return table(["workload", "solver", *names], [[*k, *(cells.get((*k, n), "") for n in names)] for k in keys])


def memory(rows):
    lines = []
    before = {}
    for r in rows:
        n, mib = int(r["subjects"]), float(r["rss_mib"])
        slope = ""
        if r["workload"] in before:
            n0, mib0 = before[r["workload"]]
            slope = f"{(mib - mib0) * 1024 / (n - n0):.3f}"
        before[r["workload"]] = (n, mib)
        lines.append([r["workload"], f"{n:,}", f"{mib:.1f}", slope])
    return table(["workload", "subjects", "peak resident, MiB", "slope, kB a subject"], lines, 1)


def startup(rows):
    lines = [[r["workload"], r["what"], *(f"{1000 * float(r[k]):.1f}" for k in ("median_s", "min_s", "max_s"))]
             for r in rows]
    return table(["workload", "", "median, ms", "min", "max"], lines)


def instructions(rows):
    return table(["workload", "solver", "instructions a subject"],
                 [[r["workload"], r["solver"], f"{int(r['instructions_per_subject']):,}"] for r in rows])


def growth(rows):
    lines = []
    for axis, words in AXES.items():
        cells = {}
        for r in rows:
            if r["axis"] == axis:
                cells.setdefault(r["x"], {})[r["solver"]] = r["us_per_subject"]
        lines += [[words if i == 0 else "", x, *(number(c[s]) for s in COLOURS)] for i, (x, c) in enumerate(cells.items())]
    return table(["grows", "value", *(f"{s}, us a subject" for s in COLOURS)], lines, 1)


def picture(rows, path):
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(1, len(AXES), figsize=(11, 2.6), sharey=True, constrained_layout=True)
        for panel, (axis, words) in zip(panels, AXES.items()):
            for solver, colour in COLOURS.items():
                points = [(float(r["x"]), float(r["us_per_subject"])) for r in rows
                          if r["axis"] == axis and r["solver"] == solver]
                panel.loglog(*zip(*points), marker="o", markersize=3, linewidth=1.2, color=colour)
                if panel is panels[0]:
                    panel.annotate(solver, points[-1], xytext=(0, 6), textcoords="offset points",
                                   color=colour, ha="right")
            shown = sorted({float(r["x"]) for r in rows if r["axis"] == axis})
            panel.set_xticks(shown, [f"{x:g}" for x in shown], rotation=45)
            panel.minorticks_off()
            panel.set_xlabel(words)
            panel.grid(axis="y", color=FAINT, linewidth=0.5)
        panels[0].set_ylabel("time for one subject [us]")
        panels[0].margins(y=0.15)
        figure.savefig(path, dpi=150)
        plt.close(figure)


def machine(rows):
    return (f"Measured at commit {rows[0]['commit'] or 'unknown'} on {rows[0]['cpu'] or 'an unnamed processor'}, "
            f"{max(int(r['threads']) for r in rows)} threads at most.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    data = {name: read(args.folder / f"{name}.csv") for name in ("workloads", "kernels", "memory", "startup", "growth")}
    data["instructions"] = read(HERE / "instructions.csv")
    parts = [
        machine(data["workloads"]),
        "", "### Workloads", "", *workloads(data["workloads"]),
        "### Kernels, scope `solve`, one thread, courses/s", "", *kernels(data["kernels"]),
        "### Instructions", "", *instructions(data["instructions"]),
        "### Memory, scope `run`, exact, one thread, file written", "", *memory(data["memory"]),
        "### Start-up, whole process", "", *startup(data["startup"]),
        "### Growth, scope `solve`, one thread, fastest repetition", "", "![How the time for a subject grows](growth.png)", "",
        "W1 with 4 mg a day every 12 h and levels each hour, one thing changed at a time. States: 4 with one depot,",
        "7 as W1, 8 with the effect site, 9 and 10 with one and two hazards, kept daily.", "",
        *growth(data["growth"]),
    ]
    text = "\n".join(parts)
    (args.folder / "measured.md").write_text(text, encoding="utf-8")
    picture(data["growth"], args.folder / "growth.png")
    if args.update:
        readme = HERE / "README.md"
        before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        readme.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
        shutil.copy(args.folder / "growth.png", HERE / "growth.png")


if __name__ == "__main__":
    main()
