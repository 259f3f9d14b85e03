#!/usr/bin/python3
"""Open a result the plain way and hold it to the contract.

usage: open_xarray.py RESULT.h5          of pres_lung_transplant.yaml
       open_xarray.py ledger RESULT.h5   of any scenario whose horizon cuts no dosing day
"""
import sys

import numpy as np
import xarray

AXES = ["regimen", "draw", "subject", "time", "day", "quantile"]
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
    "pres_risk": (("regimen", "draw", "day"), "float64", "1"),
    "rejection_risk_horizon": (("regimen", "draw"), "float64", "1"),
    "pres_probability": (("regimen", "subject"), "float64", "1"),
    "status": (("regimen", "subject"), "uint8", "1"),
    "subject_draw": (("subject",), "int64", "1"),
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
assert data.status.attrs["flag_meanings"] == "ok solver_failed not_finite"
assert list(data.status.attrs["flag_values"]) == [0, 1, 2]
level = data.concentration.sel(regimen="continue").values
assert np.isfinite(level).all() and level.min() >= 0 and 1 < level.max() < 1000
assert (data.dose_given.sel(regimen="continue", day=1) == 6).all()
shares = data.below_target + data.in_target + data.above_target
assert np.allclose(shares.sel(day=slice(1, None)).dropna("day"), 1)

population = xarray.open_dataset(sys.argv[1], group="population")
assert set(population.dims) == {"subject"} and len(population.data_vars) > 3
for name, column in population.data_vars.items():
    assert column.attrs["long_name"].startswith(f"{name}: "), (name, column.attrs)
    assert ".." not in column.attrs["description"], (name, column.attrs)
assert check_ledger(sys.argv[1]).all()
scenario = xarray.open_dataset(sys.argv[1], group="input").scenario.item()
assert "regimens:" in scenario
print("ok", dict(data.sizes))
