#!/usr/bin/python3
"""Published figures of the PK models and of populations, and the targets of the risk models:
simulated and compared, written to validation.md.

validate.py [--update] [TACRO]: prints the table; --update rewrites benchmarks/validation.md.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

import evidence_tables
import risk_tables

HERE = pathlib.Path(__file__).resolve().parent
TEXT = """# Validation against published figures

Made by `benchmarks/validate.py --update`: scenarios of `benchmarks/validation/` and `params/scenario/`
are run, and counted as the papers count. Levels are true levels, without the error of the assay.
What does not match is shown as it is.

## Levels of titrated patients

| claim | ours | published | difference | verdict |
|---|---|---|---|---|
"""


def run(tacro, name, folder):
    out = pathlib.Path(folder) / f"{name}.h5"
    scenario = HERE / "validation" / f"{name}.yaml"
    command = [tacro, "run", str(scenario), "-q", "-o", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def troughs(path, regimens, first, last):
    """Troughs of dosing days first to last under regimens, each counted as often as it is named."""
    with h5py.File(path) as f:
        day = f["day"][()]
        days = (day >= first) & (day <= last)
        level = np.concatenate([f["trough"][i][:, days] for i in regimens])
    return level[~np.isnan(level)]


def shares(level, low, high):
    """Percent of levels below, in and above a range."""
    below = 100.0 * np.mean(level < low)
    above = 100.0 * np.mean(level > high)
    return below, 100.0 - below - above, above


def intervals(path, regimens, tau):
    """Of all dosing intervals: medians of C at the end, Cmax, tmax and AUC (trapezoids)."""
    with h5py.File(path) as f:
        t = f["time"][()]
        c = np.concatenate([f["concentration"][i] for i in regimens])
    rows = []
    for start in np.arange(t[0], t[-1], tau):
        within = (t >= start) & (t <= start + tau)
        x, y = t[within], c[:, within]
        auc = (0.5 * (y[:, 1:] + y[:, :-1]) * np.diff(x)).sum(axis=1)
        rows.append((y[:, -1], y.max(axis=1), (x - start)[y.argmax(axis=1)], auc))
    return [float(np.median(np.concatenate(column))) for column in zip(*rows)]


def row(claim, ours, published, tolerance, note):
    difference = ours - published
    verdict = "matches" if abs(difference) <= tolerance else f"does not match {note}"
    return (
        f"| {claim} | {ours:.0f} % | {published:.0f} % | {difference:+.0f} points | "
        f"{verdict.strip()} |\n"
    )


def median_row(claim, unit, ours, published, note):
    """A median matches within 10 %."""
    difference = 100.0 * (ours / published - 1.0)
    verdict = "matches" if abs(difference) <= 10.0 else f"does not match {note}"
    return (f"| {claim} | {ours:.1f} {unit} | {published:.1f} {unit} | {difference:+.0f} % | "
            f"{verdict} |\n")


VERDICTS = {
    "matches": "matches",
    "differs_as_known": "differs as known",
    "does_not_match": "**does not match**",
    "not_computed": "**not computed**",
}


def number(figure):
    """Ours with one digit more than was published."""
    ours, text = figure["ours"], figure["text"].split()[0]
    if ours is None:
        return "-"
    if "e" in text.lower():
        return f"{ours:.4g}"
    digits = len(text.split(".")[1]) if "." in text else 0
    return f"{ours:.{digits + 1}f}"


def qualify(tacro):
    """Published figures of every PK file beside ours."""
    return json.loads(subprocess.run(
        [tacro, "qualify", "--json", "--params", str(HERE.parent / "params")],
        check=False, stdout=subprocess.PIPE).stdout)


def models_table(answer):
    """One line per published figure of every PK file."""
    text = (
        "\n## Published models\n\n"
        "Made by `tacro qualify`: the `checks` of each file of `params/pk`, computed by the engine of a\n"
        "run. A figure matches within half a unit of its last printed digit, or within what its file\n"
        "says: 5 % for AUC and 7 % for troughs of populations that the paper simulated (1000 subjects\n"
        "have a standard error of 1 to 2 %, theirs and ours), 10 % for medians and means of patients on\n"
        "doses of their own, who differ from the typical one. Levels that were observed in a cohort are\n"
        "beside a model no test of it: what differs there says why.\n\n"
        "| model | figure | ours | published | difference | verdict |\n"
        "|---|---|---|---|---|---|\n")
    reasons = []
    for model in answer["models"]:
        for figure in model["figures"] + [model["trough_to_mean"]]:
            if figure["published"] is None:
                continue
            verdict = VERDICTS[figure["verdict"]]
            if figure["reason"] and figure["verdict"] != "matches":
                reasons.append(figure["reason"])
                verdict += f" [{len(reasons)}]"
            relative = "-"
            if figure["ours"] is not None and figure["published"]:
                relative = f"{100 * (figure['ours'] / figure['published'] - 1):+.1f} %"
            words = figure["figure"].replace("|", "/")
            text += (f"| {model['name']} | {words} | {number(figure)} | {figure['text']} | "
                     f"{relative} | {verdict} |\n")
    counts = answer["figures"]
    text += (f"\n{len(answer['models'])} models: {counts['matches']} figures match, "
             f"{counts['differs_as_known']} differ as known, {counts['does_not_match']} do not "
             f"match, {counts['not_computed']} could not be computed.\n")
    for i, reason in enumerate(reasons, 1):
        text += f"\n[{i}] {reason}\n"
    return text


def table(tacro):
    text = TEXT
    with tempfile.TemporaryDirectory() as folder:
        path = run(tacro, "tdm_sikma", folder)
        cohort = (0, 0, 1)  # 20 of the 30 patients had a lung
        below, inside, above = shares(troughs(path, cohort, 1, 6), 9.0, 15.0)
        text += row(
            "Sikma 2020, thoracic ICU, days 1-6, titrated: 12 h levels outside 9-15 ng/mL",
            below + above, 69.0, 5.0, "")
        medians = intervals(path, cohort, 12.0)
        for name, unit, ours, value in zip(
                ("C12", "Cmax", "tmax", "AUC0-12"), ("ng/mL", "ng/mL", "h", "ng*h/mL"),
                medians, (9.5, 18.5, 1.6, 151.2)):
            text += median_row(f"the same: median {name} of all intervals", unit, ours, value, "[1]")
        level = troughs(run(tacro, "tdm_miano", folder), (0,), 1, 14)
        below, inside, above = shares(level, 8.0, 12.0)
        for name, ours, value in (
            ("below 8", below, 56.0), ("in 8-12", inside, 31.0), ("above 12", above, 13.0)):
            text += row(
                f"Miano 2024, lung, days 1-14, titrated to 8-12: troughs {name} ng/mL",
                ours, value, 5.0, "[2]")
    text += (
        "\nA difference of up to 5 points, and of 10 % of a median, matches: the published shares and\n"
        "medians are of 119 profiles and of 3,143 levels, titrated by rules that the papers do not state.\n"
        "5,000 patients each; a proportional rule, samples each morning, results 6 h later, assay CV 12 %,\n"
        "changes of at most half: ASSUMED, see the scenarios. Of the ICU lungs begin with 0.1 mg/kg,\n"
        "hearts with 2 mg, two to one.\n"
        "\n[1] Exposure follows the doses, which are not published: this rule aims at 12 ng/mL, half of\n"
        "the published troughs are below 9.5. The peak was sought among samples at 0, 2 (or 3), 6 and\n"
        "12 h, here every half hour; a zero-order absorption on some occasions is not in the file.\n"
        "\n[2] How the doses were chosen is not published. A plain proportional rule raises the dose on\n"
        "days 1-3, when clearance is lowest, and lowers it too late; azoles and amiodarone are taken as\n"
        "given from the start; the variability between patients may be a standard deviation that is read\n"
        "as a variance (params/pk/miano2024_lung_pod14.yaml).\n"
    )
    answer = qualify(tacro)
    text += models_table(answer)
    text += evidence_tables.tables(answer)
    with tempfile.TemporaryDirectory() as folder:
        text += risk_tables.tables(tacro, HERE.parent, pathlib.Path(folder))
    return text


def main():
    arguments = [a for a in sys.argv[1:] if a != "--update"]
    tacro = arguments[0] if arguments else str(HERE.parent / "build/release/tacro")
    text = table(tacro)
    if "--update" in sys.argv[1:]:
        (HERE / "validation.md").write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
