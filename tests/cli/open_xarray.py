#!/usr/bin/python3
"""Open a result the plain way and hold it to the contract.

usage: open_xarray.py RESULT.h5          of pres_lung_transplant.yaml
       open_xarray.py ledger RESULT.h5   of any scenario whose horizon cuts no dosing day
"""
import sys

import numpy as np
import xarray

AXES = ["regimen", "draw", "subject", "time", "day", "quantile", "other_regimen", "utility_weight"]
FIELDS = {
    "concentration": (("regimen", "subject", "time"), "float32", "ng/mL"),
    "concentration_quantile": (("regimen", "quantile", "time"), "float64", "ng/mL"),
    "trough": (("regimen", "subject", "day"), "float64", "ng/mL"),
    "auc24": (("regimen", "subject", "day"), "float64", "ng*h/mL"),
    "dose_given": (("regimen", "subject", "day"), "float64", "mg"),
    "below_target": (("regimen", "day"), "float64", "1"),
    "in_target": (("regimen", "day"), "float64", "1"),
    "above_target": (("regimen", "day"), "float64", "1"),
    "event_free_probability": (("regimen", "draw", "day"), "float64", "1"),
    "event_free_probability_quantile": (("regimen", "quantile", "day"), "float64", "1"),
    "event_free_horizon": (("regimen", "draw"), "float64", "1"),
    "pres_risk": (("regimen", "draw", "day"), "float64", "1"),
    "pres_risk_quantile": (("regimen", "quantile", "day"), "float64", "1"),
    "rejection_risk_first": (("regimen", "draw", "day"), "float64", "1"),
    "rejection_risk_horizon": (("regimen", "draw"), "float64", "1"),
    "rejection_risk_first_horizon": (("regimen", "draw"), "float64", "1"),
    "pres_probability": (("regimen", "subject"), "float64", "1"),
    "rejection_time": (("regimen", "subject"), "float64", "h"),
    "status": (("regimen", "subject"), "uint8", "1"),
    "subject_draw": (("subject",), "int64", "1"),
}

COMPARISON = {
    "pres_difference_quantile": (("regimen", "other_regimen", "quantile"), "1"),
    "rejection_probability_lower": (("regimen", "other_regimen"), "1"),
    "event_free_difference_quantile": (("regimen", "other_regimen", "quantile"), "1"),
    "days_in_range_difference_quantile": (("regimen", "other_regimen", "quantile"), "d"),
    "days_in_range_quantile": (("regimen", "quantile"), "d"),
    "frontier_probability": (("regimen",), "1"),
    "switching_ratio_quantile": (("regimen", "quantile"), "1"),
    "less_of_first_probability": (("regimen",), "1"),
    "best_probability": (("regimen", "utility_weight"), "1"),
    "utility_quantile": (("regimen", "quantile", "utility_weight"), "1"),
}

LEDGER = {
    "row_size": (("regimen", "subject"), "int64", "1"),
    "row_start": (("regimen", "subject"), "int64", "1"),
    "time": (("row",), "float64", "h"),
    "kind": (("row",), "uint8", "1"),
    "amount": (("row",), "float64", "mg or ng/mL"),
    "rate": (("row",), "float64", "mg/h"),
    "duration": (("row",), "float64", "h"),
    "ii": (("row",), "float64", "h"),
    "route": (("row",), "uint8", "1"),
    "ss": (("row",), "uint8", "1"),
    "occasion": (("row",), "int32", "1"),
}


def check_ledger(path):
    """Its columns, and that its doses are those of dose_given; returns who shares rows."""
    data = xarray.open_dataset(path)
    ledger = xarray.open_dataset(path, group="ledger")
    assert set(ledger.dims) == {"regimen", "subject", "row"}, ledger.dims
    assert set(ledger.data_vars) == set(LEDGER), set(ledger.data_vars) ^ set(LEDGER)
    for name, (dims, dtype, units) in LEDGER.items():
        column = ledger[name]
        assert column.dims == dims and column.dtype == dtype, (name, column.dims, column.dtype)
        for attribute in ("units", "long_name", "description"):
            assert column.attrs[attribute], (name, attribute)
        assert column.attrs["units"] == units, (name, column.attrs)
    assert ledger.row_size.attrs["sample_dimension"] == "row"
    kinds = ledger.kind.attrs["flag_meanings"].split()
    assert kinds == "dose missed reset sample result decision event switch resume cut".split()
    assert list(ledger.kind.attrs["flag_values"]) == list(range(len(kinds)))
    assert ledger.kind.max() < len(kinds)
    assert ledger.route.max() < len(ledger.route.attrs["flag_meanings"].split())
    given = (ledger.kind == 0) & (ledger.ss != 3)
    mg = ledger.amount.where(given, 0.0).values
    hours = ledger.time.values
    start, size = ledger.row_start.values, ledger.row_size.values
    assert start.shape == data.status.shape
    last = float(data.time[-1])
    for at in np.ndindex(start.shape):
        rows = slice(start[at], start[at] + size[at])
        assert rows.stop <= ledger.sizes["row"] and size[at] > 0
        assert (np.diff(hours[rows]) >= -1e-7).all() and hours[rows].max() <= last, at
        want = np.nansum(data.dose_given.values[at])
        assert abs(mg[rows].sum() - want) < 1e-9 and want > 0, (at, mg[rows].sum(), want)
    return (start == start[:, :1]).all(axis=1)


def check_comparison(path):
    """Its datasets; with one draw the central values, at 0.5 alone."""
    data = xarray.open_dataset(path)
    group = xarray.open_dataset(path, group="comparison")
    for name, (dims, units) in COMPARISON.items():
        column = group[name]
        assert column.dims == dims and column.dtype == "float64", (name, column.dims)
        assert column.attrs["units"] == units, (name, column.attrs)
        for attribute in ("units", "long_name", "description"):
            assert column.attrs[attribute], (name, attribute)
            assert "%" not in column.attrs[attribute], (name, attribute)
    assert list(data.other_regimen.values) == list(data.regimen.values)
    risk = data.pres_risk_horizon.values[:, 0]
    middle = int(np.flatnonzero(data["quantile"].values == 0.5)[0])
    pairs = group.pres_difference_quantile.values
    assert np.allclose(pairs[:, :, middle], risk[:, None] - risk[None, :], atol=1e-15)
    assert np.isnan(np.delete(pairs, middle, axis=2)).all()
    other = data.rejection_risk_horizon.values[:, 0]
    w = data.utility_weight.values[None, :]
    assert w.shape == (1, 81) and np.allclose(w[0, [0, 40, 80]], [0.01, 1, 100])
    utility = group.utility_quantile.values[:, middle, :]
    assert np.allclose(utility, 1 - (w * risk[:, None] + other[:, None]) / (1 + w), atol=1e-14)
    ratio = group.switching_ratio_quantile.values[:, middle]
    first = list(data.regimen.values).index("continue")
    lower = risk < risk[first]
    assert lower.sum() == 3 and np.isnan(ratio[first])
    want = (other - other[first])[lower] / (risk[first] - risk)[lower]
    assert np.allclose(ratio[lower], want), (ratio, want)
    assert np.isnan(group.frontier_probability.values).all()


def check_ledgers(path):
    """A scenario that has regimens of both sorts."""
    is_shared = check_ledger(path)
    assert is_shared.any() and not is_shared.all(), is_shared
    ledger = xarray.open_dataset(path, group="ledger")
    own = ledger.row_start.values[~is_shared]
    assert len(set(own.ravel())) == own.size  # nobody's rows are another's
    print("ok", dict(ledger.sizes))


if sys.argv[1] == "ledger":
    check_ledgers(sys.argv[2])
    sys.exit()

data = xarray.open_dataset(sys.argv[1])
assert set(data.dims) == set(AXES), data.dims
for axis in AXES:
    assert data[axis].dims == (axis,) and axis in data.coords, axis
for name, (dims, dtype, units) in FIELDS.items():
    assert data[name].dims == dims, (name, data[name].dims)
    assert data[name].dtype == dtype, (name, data[name].dtype)
    assert data[name].attrs["units"] == units, (name, data[name].attrs)
for name in data.variables:
    for attribute in ("units", "long_name", "description"):
        assert data[name].attrs[attribute], (name, attribute)

assert data.time.dtype == "float64" and data.time.attrs["units"] == "h"
assert data.time.values[0] == 0 and (np.diff(data.time.values) > 0).all()
assert all(isinstance(label, str) for label in data.regimen.values)
assert "continue" in data.regimen.values
assert data.attrs["complete"] == 1 and len(data.attrs["content_hash"]) == 64
assert data.attrs["title"]

assert (data.status == 0).all()
meanings = "ok solver_failed not_finite hazard_not_finite negative_hazard"
assert data.status.attrs["flag_meanings"] == meanings
assert list(data.status.attrs["flag_values"]) == [0, 1, 2, 3, 4]
level = data.concentration.sel(regimen="continue").values
assert np.isfinite(level).all() and level.min() >= 0 and 1 < level.max() < 1000
assert (data.dose_given.sel(regimen="continue", day=1) == 6).all()
shares = data.below_target + data.in_target + data.above_target
assert np.allclose(shares.sel(day=slice(1, None)).dropna("day"), 1)

# every end of a course, and what one draw makes of quantiles
ends = data.pres_risk_first + data.rejection_risk_first + data.event_free_probability
assert data.attrs["death_hazard"] == 0 and "death_risk" not in data
assert np.allclose(ends.sel(day=slice(4, None)), 1, rtol=0, atol=1e-10)
assert (data.pres_risk_first <= data.pres_risk + 1e-12).sel(day=slice(4, None)).all()
for name in ("pres_risk", "rejection_risk", "event_free_probability"):
    assert (data[name + "_quantile"] == data[name].isel(draw=0)).sel(day=slice(4, None)).all()
times = data.rejection_time.values
assert ((times > data.attrs["landmark"]) & (times <= data.time.values[-1]) | np.isnan(times)).all()

population = xarray.open_dataset(sys.argv[1], group="population")
assert set(population.dims) == {"subject"} and len(population.data_vars) > 3
for name, column in population.data_vars.items():
    assert column.attrs["long_name"].startswith(f"{name}: "), (name, column.attrs)
    assert ".." not in column.attrs["description"], (name, column.attrs)
assert check_ledger(sys.argv[1]).all()
check_comparison(sys.argv[1])
scenario = xarray.open_dataset(sys.argv[1], group="input").scenario.item()
assert "regimens:" in scenario
print("ok", dict(data.sizes))
