#!/usr/bin/python3
"""Open a result the plain way and hold it to the contract: open_xarray.py RESULT.h5."""
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
scenario = xarray.open_dataset(sys.argv[1], group="input").scenario.item()
assert "regimens:" in scenario
print("ok", dict(data.sizes))
