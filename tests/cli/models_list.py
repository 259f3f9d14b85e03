#!/usr/bin/python3
"""Compare a run of a list of PK models with the run of each model alone.

usage: models_list.py same LIST.h5 MODEL=ALONE.h5 ...   bytes of every arm are those alone
       models_list.py apart LIST.h5                     models are compared with nobody else
       models_list.py routes LIST.h5 NAME ...           names of the routes of all models
       models_list.py open LIST.h5                      xarray opens it and finds the labels
"""
import sys

import h5py
import numpy as np

# Attributes of a list that hold a value for each model.
EACH = {"pk_first_day", "pk_last_day", "trough_to_mean"}
OWN = EACH | {"pk", "solver", "content_hash"}


def datasets(file):
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item

    file.visititems(visit)
    return found


def same_bytes(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == "O":
        return a.shape == b.shape and np.all(a == b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def axes(item):
    return [dim[0].name.strip("/") if len(dim) else "" for dim in item.dims]


def texts(item):
    return [x.decode() for x in item[()]]


def name_in_list(name, model):
    """Where a dataset of a run alone stands in a list; two names: it depends."""
    group, _, rest = name.partition("/")
    if group == "population":
        return [f"population/{model}/{rest}", name]
    if group == "draws" and rest.startswith("pk_"):
        return [f"draws/{model}.{rest[3:]}"]
    if name == "input/pk":
        return [f"input/pk_{model}"]
    return [name]


def ledger_rows(file, regimen, row):
    """Columns of a subject's ledger, the route by its name."""
    group = file["ledger"]
    start = group["row_start"][regimen, row]
    rows = slice(start, start + group["row_size"][regimen, row])
    columns = {n: group[n][rows] for n in group if group[n].ndim == 1 and n != "row"}
    words = group["route"].attrs["flag_meanings"]
    words = (words.decode() if isinstance(words, bytes) else words).split()
    columns["route"] = np.array([words[i] for i in columns["route"]], dtype=object)
    assert len(columns) == 9 and len(columns["time"]) > 0, columns.keys()
    return columns


def compare_ledger(both, arms, alone):
    for plan, arm in enumerate(arms):
        for row in range(len(alone["subject"])):
            want, got = ledger_rows(alone, plan, row), ledger_rows(both, arm, row)
            for name, column in want.items():
                assert same_bytes(column, got[name]), (arm, row, name)


def expect_routes(path, names):
    """What the file calls the routes of all models, in order."""
    file = h5py.File(path, "r")
    words = file["ledger/route"].attrs["flag_meanings"]
    assert (words.decode() if isinstance(words, bytes) else words).split() == names, words


def compare_model(both, model, alone):
    plans, models = texts(both["regimen_plan"]), texts(both["regimen_model"])
    arms = [i for i, m in enumerate(models) if m == model]
    assert [plans[i] for i in arms] == texts(alone["regimen"])
    assert [texts(both["regimen"])[i] for i in arms] == [f"{plans[i]}@{model}" for i in arms]
    compared = 0
    for name, item in datasets(alone).items():
        if name in ("regimen", "other_regimen", "input/scenario", "input/notes"):
            continue
        if name.startswith("ledger/"):
            continue
        where = [n for n in name_in_list(name, model) if n in both]
        assert where, name
        other = both[where[0]]
        got = other[()]
        for k, axis in enumerate(axes(item)):
            if axis in ("regimen", "other_regimen"):
                got = np.take(got, arms, axis=k)
        assert same_bytes(item[()], got), (model, name)
        for key in item.attrs:
            if key in ("units", "description"):
                assert same_bytes(item.attrs[key], other.attrs[key]), (model, name, key)
        compared += 1
    assert compared > 40, compared
    compare_ledger(both, arms, alone)
    at = list(dict.fromkeys(models)).index(model)
    for key in alone.attrs:
        if key == "other_solver":  # of a model that one solver alone can integrate
            assert same_bytes(alone.attrs[key], both.attrs[f"{key}_{model}"]), model
        elif key not in OWN:
            assert same_bytes(alone.attrs[key], both.attrs[key]), key
        elif key in EACH:
            assert both.attrs[key][at] == alone.attrs[key], key


def compare_same(path, others):
    both = h5py.File(path, "r")
    for other in others:
        model, alone = other.split("=", 1)
        compare_model(both, model, h5py.File(alone, "r"))


def expect_apart(path):
    file = h5py.File(path, "r")
    model = np.array(texts(file["regimen_model"]))
    other = model[:, None] != model[None, :]
    assert other.any() and not other.all()
    found = 0
    for name, item in file["comparison"].items():
        if axes(item)[:2] == ["regimen", "other_regimen"]:
            value = item[()]
            assert np.isnan(value[other]).all(), name
            assert np.isfinite(value[~other]).any(), name
            found += 1
    assert found >= 6, found
    # the best of each model: shares of draws add up within it
    best = file["comparison/best_probability"][()]
    for name in set(model):
        assert np.allclose(best[model == name].sum(axis=0), 1.0), name


def expect_open(path):
    import xarray

    with xarray.open_dataset(path) as x:
        assert x["regimen_plan"].dims == ("regimen",) and x["regimen_model"].dims == ("regimen",)
        one = x.where(x["regimen_model"] == x["regimen_model"][0], drop=True)
        assert 0 < one.sizes["regimen"] < x.sizes["regimen"]
        names = x.attrs["pk"].split()
        assert list(dict.fromkeys(x["regimen_model"].values)) == names
        assert len(x.attrs["pk_last_day"]) == len(names)
        plans = len(x["regimen"]) // len(names)
        assert [str(r) for r in x["regimen"].values] == [
            f"{p}@{m}" for p, m in zip(x["regimen_plan"].values, x["regimen_model"].values)]
        assert plans == len(set(x["regimen_plan"].values))
    with xarray.open_dataset(path, group=f"population/{names[0]}") as x:
        assert "CL" in x and x["CL"].dims == ("subject",)
    with xarray.open_dataset(path, group="population") as x:
        assert "hematocrit" in x and "CL" not in x


def main(args):
    if args[0] == "same" and len(args) > 2:
        compare_same(args[1], args[2:])
    elif args[0] == "apart":
        expect_apart(args[1])
    elif args[0] == "routes":
        expect_routes(args[1], args[2:])
    elif args[0] == "open":
        expect_open(args[1])
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
