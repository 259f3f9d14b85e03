"""Tables of benchmarks/validation.md about the risk models: targets, ours, verdict."""
import re
import subprocess

import h5py
import numpy as np

REFERENCE = "params/scenario/reference_cohort.yaml"


def percent(fraction, digits=0):
    return f"{100.0 * fraction:.{digits}f} %"


def row(target, published, ours, verdict):
    return f"| {target} | {published} | {ours} | {verdict} |\n"


HEAD = "\n| target | published | ours | verdict |\n|---|---|---|---|\n"


def close(ours, published, tolerance):
    return "matches" if abs(ours - published) <= tolerance else "**not met**"


# -- PRES ---------------------------------------------------------------------------


def days_since(file):
    """Days since transplantation at the instants of the troughs, which are at 08:00."""
    return file["day"][()].astype(float) + 8.0 / 24.0


def share_by(day, curve, limit):
    """Share of the events of the last day that have happened by a day."""
    return float(np.interp(limit, day, curve) / curve[-1])


def median_day(day, curve):
    return float(np.interp(0.5 * curve[-1], curve, day))


def case_levels(file):
    """Troughs of cases minus those of all patients on the same days: mean of 7 days, their
    maximum, same day; and shares above the target, of cases and of all."""
    time = file["pres_time"][0]
    trough = file["trough"][0]
    day = file["day"][()]
    cases = np.flatnonzero(~np.isnan(time))
    rows = []
    for i in cases:
        when = int(np.searchsorted(day, time[i] / 24.0, side="right") - 1)
        if when < 1 or np.isnan(trough[i, when]):
            continue
        first = max(when - 6, 1)
        own, every = trough[i, first:when + 1], trough[:, first:when + 1]
        upper = 15.0 if when < 90 else 12.0
        rows.append((
            own.mean() - np.nanmean(every),
            own.max() - np.nanmean(np.nanmax(every, axis=1)),
            own[-1] - np.nanmean(every[:, -1]),
            float(own[-1] > upper),
            float(np.nanmean(every[:, -1] > upper))))
    return len(rows), np.mean(np.array(rows), axis=0)


def pres(path, any_organ):
    with h5py.File(any_organ) as f:
        organs = float(f["pres_risk_horizon"][0, 0])
    with h5py.File(path) as f:
        day = days_since(f)
        risk = f["pres_risk"][0, 0]
        p = f["pres_probability"][0]
        female = f["population/sex"][()] == 1
        age = f["population/age"][()]
        ncases, (mean7, max7, same, above, above_all) = case_levels(f)
    day, risk = day[~np.isnan(risk)], risk[~np.isnan(risk)]
    early = {d: share_by(day, risk, d) for d in (3, 5, 7, 14, 30, 90)}
    onset = median_day(day, risk)
    text = "\n## PRES in the reference population\n"
    text += HEAD
    text += row("lung, 1-year incidence", "1.4 % (12 of 868)", percent(risk[-1], 2),
                "fitted: anchor 1.3 %, central H0 1.6e-4 per day")
    text += row("all solid organs, 1-year incidence", "0.5 % (21 of 4222)", percent(organs, 2),
                close(organs, 0.005, 0.001) + " (factor 0.36 of lung)")
    text += row("median onset (heart, children)", "day 16", f"day {onset:.0f}",
                close(onset, 16.0, 3.0))
    text += row("by 3 months (liver)", "84 %", percent(early[90]), close(early[90], 0.84, 0.05))
    text += row("by 1 month (kidney pool)", "62 %", percent(early[30]),
                close(early[30], 0.625, 0.06))
    share = float(np.sum(p * female) / np.sum(p))
    text += row("women among cases (lung)", "73 %", percent(share),
                close(share, 0.73, 0.05) + ", low: the effect is shrunk")
    mean_age = float(np.sum(p * age) / np.sum(p))
    text += row("mean age of cases (lung)", "39.2 y", f"{mean_age:.1f} y",
                close(mean_age, 39.2, 3.0))
    text += row("C0 of cases above that of controls (lung)", "+2.9 ng/mL",
                f"{mean7:+.1f} (mean of 7 days), {max7:+.1f} (their maximum), {same:+.1f} "
                "(same day)", "**not met**" if same < 2.4 else "matches")
    text += row("cases with a level above range (kidney pool)", "15 % (2 of 13)",
                f"{percent(above)} (all patients on the same days: {percent(above_all)})",
                close(above, 0.15, 0.08) + ", pulls the slope down")
    text += (
        f"\nOf {ncases} simulated cases. The last two targets conflict: a difference of +2.9 on the\n"
        "same day needs a slope G of 3 to 4, the kidney pool one near 1; 1.8 with a log sd of 0.5\n"
        "spans both. By day 3 / 5 / 7 / 14 the model has "
        + " / ".join(percent(early[d]) for d in (3, 5, 7, 14))
        + " of its\ncases of the year: an onset on day 3, as in the case report, is an early one.\n")
    return text


# -- rejection ----------------------------------------------------------------------

YIN = {"c3": "-", "c4_5": "0.50 / 0.50", "c5": "0.40 / -", "c5_5": "- / 0.40", "c7": "0.30 / -",
       "c7_5": "- / 0.35", "c8": "0.26 / -", "c10": "<= 0.30 / 0.4-0.5", "c12": "0.3-0.4 / > 0.5",
       "c15": "0.40 at 14 / -"}
NUMBERS = {"c4_5": 0.50, "c5": 0.40, "c5_5": 0.40, "c7": 0.30, "c7_5": 0.35, "c8": 0.26}


def hazards(path):
    with h5py.File(path) as f:
        label = [x.decode() for x in f["regimen"][()]]
        return dict(zip(label, -np.log1p(-f["rejection_risk_horizon"][:, 0])))


def exposure(kidney, lung, incidence):
    k, m = hazards(kidney), hazards(lung)
    with h5py.File(incidence) as f:
        label = [x.decode() for x in f["regimen"][()]]
        year = dict(zip(label, f["rejection_risk_horizon"][:, 0]))
    text = "\n## Rejection and the level\n\n"
    text += ("Relative hazards at constant troughs. Published: kidney recipients, relative risk against\n"
             "2 ng/mL (Yin 2019, two-stage / one-stage).\n\n"
             "| C0 | published, against 2 | ours, kidney fit, against 2 | verdict | lung curve, against 12 "
             "| lung, 1 year at that level |\n|---|---|---|---|---|---|\n")
    for name, published in YIN.items():
        ours = k[name] / k["c2"]
        verdict = close(ours, NUMBERS[name], 0.06) if name in NUMBERS else "-"
        text += (f"| {name[1:].replace('_', '.')} | {published} | {ours:.2f} | {verdict} | "
                 f"{m[name] / m['c12']:.2f} | {percent(year[name]) if name in year else '-'} |\n")
    slope = (k["c5"] / k["c12"]) ** (1.0 / 7.0)
    lung_slope = (m["c5"] / m["c12"]) ** (1.0 / 7.0)
    text += HEAD
    text += row("hazard per ng/mL lower, kidney, 5 to 12 ng/mL", "1.07 (1.01-1.14)",
                f"{slope:.3f} (lung curve {lung_slope:.3f})",
                "matches" if 1.01 <= slope <= 1.14 else "**not met**")
    text += row("the same in months 3 to 6 (kidney)", "1.23 more", "not in the model", "**not met**")
    text += row("risk rises again above 11 ng/mL (kidney)", "0.40 at 14", "falls",
                "**not met**: read as confounding, monotone by choice")
    return text


def timing(path, two_years):
    with h5py.File(path) as f:
        day, risk = days_since(f), f["rejection_risk"][0, 0]
    with h5py.File(two_years) as f:
        late = f["rejection_risk"][0, 0]
        second = float(late[-1] - np.interp(365.0, days_since(f), late))
    at = {d: float(np.interp(d, day, risk)) for d in (14, 90, 365)}
    text = "\n## When rejection comes\n" + HEAD
    text += row("by day 14 (Katada, mixed definition)", "24 %", percent(at[14]),
                close(at[14], 0.24, 0.04) + ", a compromise")
    text += row("by day 90 (Katada)", "29 %", percent(at[90]), close(at[90], 0.29, 0.05))
    text += row("by day 365 (registry-type reviews)", "29 %", percent(at[365]),
                "fitted: anchor 29 %, central LAM 0.032 per day")
    text += row("in year 2", "small", f"+{percent(second)}",
                "matches" if second < 0.08 else "**not met**")
    text += ("\n22 of 26 within two weeks and 30 % in a full year cannot both hold with later rejections: the\n"
             "model stands between.\n")
    return text


# -- monitored dosing ---------------------------------------------------------------


def dosing(path):
    with h5py.File(path) as f:
        day, trough, auc = f["day"][()], f["trough"][0], f["auc24"][0]

    def between(first, last):
        return (day >= first) & (day <= last)

    def within_sd(first, last):
        return float(np.nanmean(np.nanstd(trough[:, between(first, last)], axis=1, ddof=1)))

    week = trough[:, between(1, 7)]
    early = trough[:, between(2, 7)].ravel()
    early = early[~np.isnan(early)]
    above = float(np.mean(np.nanmax(week, axis=1) > 15.0))
    outside = float(np.mean((early < 9.0) | (early > 15.0)))
    text = "\n## The reference cohort under monitored dosing\n" + HEAD
    first, second = within_sd(1, 182), within_sd(183, 364)
    text += row("within-patient SD of C0, months 0-6", "4.01 ng/mL", f"{first:.2f}",
                close(first, 4.01, 0.4))
    text += row("the same, months 6-12", "2.84 ng/mL", f"{second:.2f}", close(second, 2.84, 0.4))
    text += row("any trough above 15 on days 1-7", "73 % supratherapeutic (limit not stated)",
                percent(above), close(above, 0.73, 0.08))
    text += row("troughs outside 9-15 on days 2-7", "69 %", percent(outside),
                close(outside, 0.69, 0.08))
    means = [float(np.nanmean(trough[:, between(*d)])) for d in ((7, 14), (14, 90), (182, 364))]
    ratio = float(np.nanmean(trough[:, between(14, 363)]) / (np.nanmean(auc[:, between(14, 363)]) / 24.0))
    text += ("\nMean trough of days 7-14 / 14-90 / 182-365: " + " / ".join(f"{x:.1f}" for x in means)
             + f" ng/mL; trough over mean level {ratio:.2f}.\n")
    return text


# -- the scenario table -------------------------------------------------------------

TABLE = {
    "continue": ((0.1, 1.2, 6.2), (7.4, 12.7, 21.0)),
    "hold_resume": ((0.1, 1.0, 5.5), (8.1, 14.0, 24.3)),
    "hold_half": ((0.0, 0.5, 3.6), (10.4, 19.3, 34.0)),
    "hold_taper": ((0.0, 0.3, 2.1), (14.9, 27.4, 45.1)),
}


def order_statistics(x):
    x = np.sort(x)
    return tuple(100.0 * x[max(int(np.ceil(q * len(x))) - 1, 0)] for q in (0.025, 0.5, 0.975))


def plans(path):
    text = "\n## Four plans in one typical patient (`params/scenario/check_risk_5_5.yaml`)\n\n"
    text += ("Risk in % from day 3 to day 14, median (95 % interval over 300 draws). A median matches within\n"
             "a fifth of the interval.\n\n"
             "| plan | outcome | reference | ours | verdict |\n|---|---|---|---|---|\n")
    with h5py.File(path) as f:
        label = [x.decode() for x in f["regimen"][()]]
        for name, pair in TABLE.items():
            for outcome, (low, median, high) in zip(("pres", "rejection"), pair):
                draws = f[f"{outcome}_risk_horizon"][label.index(name)]
                a, b, c = order_statistics(draws)
                verdict = close(b, median, (high - low) / 5.0)
                text += (f"| {name} | {outcome} | {median:.1f} ({low:.1f}-{high:.1f}) | "
                         f"{b:.1f} ({a:.1f}-{c:.1f}) | {verdict} |\n")
    return text


def run(tacro, folder, scenario, *more):
    out = folder / (scenario.stem + ".h5")
    subprocess.run([tacro, "run", str(scenario), "-q", "-o", str(out), *more], check=True,
                   stdout=subprocess.DEVNULL)
    return out


def tables(tacro, root, folder):
    """All tables as text; scenarios run into `folder`."""
    validation = root / "benchmarks" / "validation"

    def made(name, *more):
        return run(tacro, folder, validation / f"{name}.yaml", *more)

    params = str(root / "params")
    daily = folder / "reference_cohort.yaml"
    organs = folder / "any_organ.yaml"
    text = (root / REFERENCE).read_text(encoding="utf-8")
    text = re.sub(r"output: .*", "output: {every: 24 h}", text)
    daily.write_text(text, encoding="utf-8")
    organs.write_text(text.replace("patients:\n", "patients:\n  organ: any\n"), encoding="utf-8")
    cohort = run(tacro, folder, daily, "--params", params, "--subjects", "20000")
    any_organ = run(tacro, folder, organs, "--params", params)
    text = dosing(cohort) + pres(cohort, any_organ)
    text += exposure(made("exposure_kidney"), made("exposure_lung"), made("incidence_lung"))
    text += timing(cohort, made("rejection_two_years"))
    text += plans(run(tacro, folder, root / "params/scenario/check_risk_5_5.yaml"))
    return text
