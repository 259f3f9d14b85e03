#!/usr/bin/python3
"""Draw the case picture of a result file: levels, doses and risks of every regimen.

Usage: scripts/plot.py RESULT.h5 [-o PICTURE.png]

Above, one panel per regimen: median and 5-95 % band of the simulated levels over the
target range, and below it the dose of each dosing day. At the bottom one panel per
outcome: the probability since the landmark, one curve per regimen.
"""
import argparse
import sys
import textwrap
from pathlib import Path

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray

# Told apart by every kind of colour vision: Okabe and Ito's, with Tol's purple; black last.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#AA3377", "#E69F00", "#56B4E9", "#000000"]
TARGET = "#3B6B38"
GREY = "#5F5F5F"
FAINT = "#DADADA"
DPI = 150
OFF = 1e6  # ng/mL: stands for an infinite level, far above every panel
COLUMNS = 4  # panels side by side
NBSP = "\u00a0"  # keeps a number and its unit on one line

STYLE = {
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.4,
}


class Result:
    """What the picture needs; x counts dosing days, day d starting at the trough of d."""

    def __init__(self, path):
        data = xarray.open_dataset(path)
        about = data.attrs
        if int(about.get("complete", 0)) != 1:
            raise ValueError("the file is not complete")
        self.title = str(about.get("title", ""))
        self.regimens = [str(label) for label in data.regimen.values]
        self.clock = float(about.get("trough_clock", about["start_clock"]))
        start = float(about.get("start_day", data.day.values[0]))
        self.x_of = lambda hours: (
            start + (float(about["start_clock"]) - self.clock + np.asarray(hours)) / 24
        )
        self.x = self.x_of(data.time.values)
        self.days = data.day.values
        self.landmark = float(self.x_of(about["landmark"]))
        # The last calibrated day counts to its end.
        self.calibrated = float(about.get("pk_last_day", np.nan)) + 1
        self.quantile = data.concentration_quantile
        dosed = np.isfinite(data.dose_given).sum("subject")
        self.dose = (data.dose_given.sum("subject") / dosed.where(dosed > 0)).values
        self.ndraws = data.sizes["draw"]
        self.risks = [
            self._risk(data, name) for name in data.data_vars if name.endswith("_risk")
        ]
        self.target = self._target(about)

    def _risk(self, data, name):
        """Title, days, and percent by regimen, draw and day, to the horizon."""
        percent = 100 * data[name].transpose("regimen", "draw", "day").values
        days = self.days.astype(float)
        if f"{name}_horizon" in data and self.x[-1] > days[-1]:
            end = 100 * data[f"{name}_horizon"].transpose("regimen", "draw").values
            percent = np.concatenate([percent, end[:, :, np.newaxis]], axis=2)
            days = np.append(days, self.x[-1])
        return str(data[name].attrs["long_name"]), days, percent

    def _target(self, about):
        """Rows of first x, last x, low, high [ng/mL]."""
        if "target_from" not in about:
            return []
        first = self.x_of(np.atleast_1d(about["target_from"]))
        last = np.append(first[1:], self.x[-1])
        low = np.atleast_1d(about["target_low"])
        high = np.atleast_1d(about["target_high"])
        rows = zip(np.maximum(first, self.x[0]), last, low, high)
        return [row for row in rows if row[0] < row[1] and np.isfinite(row[2:]).all()]

    def level(self, regimen, fraction):
        """Levels over time; infinity where the result only knows that its grid ends."""
        nearest = self.quantile.sel(quantile=fraction, method="nearest", tolerance=1e-6)
        return nearest.isel(regimen=regimen).values


def largest(values, otherwise):
    """The largest finite value."""
    finite = np.asarray(values)[np.isfinite(values)]
    return finite.max() if finite.size else otherwise


def words(label, width=22):
    return textwrap.fill(label.replace("_", " "), width)


def two_figures(value):
    """Two significant figures: 12, 2.0, 0.31."""
    if not np.isfinite(value) or value <= 0:
        return "0" if value == 0 else "-"
    digits = max(0, 1 - int(np.floor(np.log10(float(f"{value:.1e}")))))
    return f"{float(f'{value:.1e}'):.{digits}f}"


def hatch_uncalibrated(axes, result):
    if np.isfinite(result.calibrated) and result.calibrated < result.x[-1]:
        axes.axvspan(result.calibrated, result.x[-1], facecolor="none", edgecolor=FAINT,
                     hatch="////", linewidth=0, zorder=0)


def number_days(axes, result):
    span = result.x[-1] - result.x[0]
    unit = 0.25 if span < 2 else 1
    step = unit if span < 2 else int(np.ceil(span / 7))
    first, last = np.ceil(result.x[0] / unit) * unit, result.x[-1]
    axes.set_xticks(np.arange(first, last + 1e-9, step))
    axes.set_xlim(result.x[0], result.x[-1])


def draw_level(axes, result, r, colour, top):
    for first, last, low, high in result.target:
        axes.fill_between([first, last], low, high, color=TARGET, alpha=0.22, linewidth=0,
                          zorder=1)
        axes.hlines([low, high], first, last, color=TARGET, linewidth=0.7, zorder=4)
    low, middle, high = (np.minimum(result.level(r, q), OFF) for q in (0.05, 0.5, 0.95))
    axes.fill_between(result.x, low, high, color=colour, alpha=0.25, linewidth=0, zorder=2)
    axes.plot(result.x, middle, color=colour, linewidth=1.1, zorder=3)
    axes.axvline(result.landmark, color=GREY, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    hatch_uncalibrated(axes, result)
    axes.set_ylim(0, top)
    axes.set_title(words(result.regimens[r]), loc="left", color=colour, fontweight="bold")
    axes.tick_params(labelbottom=False)


def draw_doses(axes, result, r, colour, top):
    """One bar a dosing day; its mg where it differs from the day before."""
    previous = None
    for day, dose in zip(result.days, result.dose[r]):
        if not np.isfinite(dose):
            continue
        axes.bar(day + 0.5, dose, width=0.8, color=colour, linewidth=0)
        if previous is None or abs(dose - previous) > 1e-9:
            axes.text(day + 0.5, dose + 0.06 * top, f"{dose:.3g}", ha="center", va="bottom",
                      fontsize=7)
        previous = dose
    hatch_uncalibrated(axes, result)
    axes.set_ylim(0, 1.35 * top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    number_days(axes, result)
    axes.set_xlabel("day after transplantation", labelpad=2)


def spread(positions, heights, top):
    """Move labels apart, keeping their order and about their place; within 0 to top."""
    order = np.argsort(positions, kind="stable")
    placed = np.asarray(positions, dtype=float)[order]
    heights = np.asarray(heights, dtype=float)[order]
    heights = heights * min(1.0, top / heights.sum())
    gaps = (heights[1:] + heights[:-1]) / 2
    for i, gap in enumerate(gaps):  # up from the lowest, then down from the top
        placed[i + 1] = max(placed[i + 1], placed[i] + gap)
    placed[-1] = min(placed[-1], max(top - heights[-1] / 2, positions[order[-1]]))
    for i in range(len(gaps) - 1, -1, -1):
        placed[i] = min(placed[i], placed[i + 1] - gaps[i])
    result = np.empty_like(placed)
    result[order] = placed
    return result


def draw_risk(axes, result, title, days, percent):
    ends = np.full(len(result.regimens), np.nan)
    for r in range(len(result.regimens)):
        colour = COLOURS[r % len(COLOURS)]
        seen = np.isfinite(percent[r]).all(axis=0)
        if not seen.any():
            continue
        low, middle, high = np.quantile(percent[r][:, seen], [0.025, 0.5, 0.975], axis=0,
                                        method="inverted_cdf")
        ends[r] = middle[-1]
        at = days[seen]
        if result.ndraws > 1:
            axes.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        if at[0] > result.landmark:  # between two troughs: the curve starts there at 0
            at, middle = np.append(result.landmark, at), np.append(0, middle)
        axes.plot(at, middle, color=colour, linewidth=1.4)
    top = max(1e-9, axes.get_ylim()[1])
    axes.set_ylim(0, top)
    number_days(axes, result)
    if result.landmark < result.x[-1]:
        axes.set_xlim(result.landmark, result.x[-1])
    hatch_uncalibrated(axes, result)
    values = [f"{two_figures(end)}{NBSP}%" if np.isfinite(end) else "no value" for end in ends]
    labels = [words(f"{result.regimens[r]}{NBSP} {value}", 24)
              for r, value in enumerate(values)]
    heights = [0.08 * (label.count("\n") + 1) * top for label in labels]
    for r, y in enumerate(spread(np.nan_to_num(ends), heights, top)):
        axes.annotate(labels[r], (result.x[-1], y), xytext=(4, 0),
                      textcoords="offset points", va="center", fontsize=7.5,
                      color=COLOURS[r % len(COLOURS)], annotation_clip=False)
    endpoint, _, window = title.rpartition(": ")
    axes.set_title(textwrap.fill(endpoint, 46), loc="left", fontweight="bold", pad=15)
    axes.text(0, 1.03, window, transform=axes.transAxes, color=GREY, fontsize=8)
    axes.yaxis.set_major_formatter("{x:.3g} %")
    axes.set_xlabel("day after transplantation", labelpad=2)


def draw(result):
    n = len(result.regimens)
    columns = min(n, COLUMNS)
    rows = -(-n // columns)
    title = textwrap.wrap(result.title, 66) or [""]
    head = 1.3 + 0.2 * (len(title) - 1)
    height = head + 3.05 + 2.6 * rows
    figure = plt.figure(figsize=(8, height), facecolor="white")
    outer = figure.add_gridspec(rows + 1, 1, left=0.07, right=0.99, bottom=0.75 / height,
                                top=1 - head / height, hspace=0.5,
                                height_ratios=[1.15] * rows + [1])
    high = max(largest(result.level(r, q), 0) for r in range(n) for q in (0.05, 0.5, 0.95))
    high = 1.05 * max([high] + [row[3] for row in result.target]) or 1.0
    most = max(largest(result.dose, 0), 1e-9)
    for row in range(rows):
        inner = outer[row].subgridspec(2, columns, height_ratios=[4, 1], hspace=0.06,
                                       wspace=0.1)
        for column in range(min(columns, n - row * columns)):
            r = row * columns + column
            colour = COLOURS[r % len(COLOURS)]
            level = figure.add_subplot(inner[0, column])
            draw_level(level, result, r, colour, high)
            number_days(level, result)
            dose = figure.add_subplot(inner[1, column])
            draw_doses(dose, result, r, colour, most)
            if column == 0:
                level.set_ylabel("tacrolimus [ng/mL]")
                dose.set_ylabel("mg/day", rotation=0, ha="right", va="center")
            else:
                level.tick_params(labelleft=False)
    draw_risks(figure, outer[rows], result)
    write_words(figure, result, title)
    return figure


def draw_risks(figure, place, result):
    n = max(1, len(result.risks))
    inner = place.subgridspec(1, 2 * n, wspace=0.1, width_ratios=[1, 0.6] * n)
    for k, risk in enumerate(result.risks):
        draw_risk(figure.add_subplot(inner[2 * k]), result, *risk)


def write_words(figure, result, title):
    height = figure.get_figheight()
    hours, minutes = divmod(round(60 * result.clock), 60)
    interval = ("central values, interval not computed" if result.ndraws == 1
                else f"line: median, band: 95 % interval over {result.ndraws} parameter draws")
    figure.text(0.07, 1 - 0.15 / height, "\n".join(title), fontsize=12, fontweight="bold",
                va="top", linespacing=1.2)
    figure.text(0.07, 1 - (0.42 + 0.2 * (len(title) - 1)) / height,
                "Levels: line = median, band = 5-95 % of simulated patients; green = target "
                "range; dashed = landmark;\nhatched = outside the PK model's calibrated days. "
                f"A day runs from {hours:02d}:{minutes:02d}.\nRisks: {interval}.",
                fontsize=8, va="top", color=GREY, linespacing=1.3)
    figure.text(0.07, 0.1 / height,
                "Band = 90 % of simulated patients; no measured level of a patient was used. "
                "Research use, not dosing advice.",
                fontsize=8, va="bottom", color=GREY)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=Path, help="result file of tacro run")
    parser.add_argument("-o", dest="picture", type=Path, help="PNG or SVG; RESULT.png")
    arguments = parser.parse_args()
    picture = arguments.picture or arguments.result.with_suffix(".png")
    if not arguments.result.exists():
        sys.exit(f"{arguments.result}: no such file")
    if not h5py.is_hdf5(arguments.result):
        sys.exit(f"{arguments.result}: not an HDF5 file")
    try:
        result = Result(arguments.result)
    except (OSError, ValueError, KeyError, AttributeError, IndexError) as error:
        sys.exit(f"{arguments.result}: not a result that can be drawn: {error}")
    with plt.rc_context(STYLE):
        draw(result).savefig(picture, dpi=DPI)


if __name__ == "__main__":
    main()
