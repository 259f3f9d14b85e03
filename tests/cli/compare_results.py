#!/usr/bin/python3
"""Compare result files dataset by dataset, byte by byte; a subject file by its rows.

usage: compare_results.py all A.h5 B.h5 ...      same datasets, shapes, bytes, attributes
       compare_results.py subject FULL.h5 ONE.h5 rows of ONE equal those rows of FULL
       compare_results.py course FULL.h5 ONE.h5  levels within 1e-4, the same ledgers
"""
import sys

import h5py
import numpy as np


def datasets(file):
    """Path to dataset of everything outside /provenance."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("provenance"):
            found[name] = item

    file.visititems(visit)
    return found


def same_bytes(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == "O":
        return a.shape == b.shape and np.all(a == b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def compare_all(paths):
    first = h5py.File(paths[0], "r")
    for path in paths[1:]:
        other = h5py.File(path, "r")
        a, b = datasets(first), datasets(other)
        assert a.keys() == b.keys(), (path, a.keys() ^ b.keys())
        for name in a:
            assert same_bytes(a[name][()], b[name][()]), (path, name)
        for name in first.attrs:
            assert same_bytes(first.attrs[name], other.attrs[name]), (path, name)
    assert "concentration" in datasets(first) and np.isfinite(first["concentration"][()]).all()


def compare_subject(full_path, one_path):
    full, one = h5py.File(full_path, "r"), h5py.File(one_path, "r")
    rows = one["subject"][()]
    compared = 0
    for name, item in datasets(one).items():
        axes = [dim[0].name.strip("/") for dim in item.dims if len(dim)]
        if "subject" not in axes or name == "subject":
            continue
        want = np.take(full[name][()], rows, axis=axes.index("subject"))
        assert same_bytes(item[()], want), name
        compared += 1
    assert compared >= 10, compared


def ledger_of(file, regimen, row):
    """Columns of a subject's ledger."""
    group = file["ledger"]
    start = group["row_start"][regimen, row]
    rows = slice(start, start + group["row_size"][regimen, row])
    columns = {n: group[n][rows] for n in group if group[n].ndim == 1 and n != "row"}
    assert len(columns) == 9 and len(columns["time"]) > 0, columns.keys()
    return columns


def compare_course(full_path, one_path):
    full, one = h5py.File(full_path, "r"), h5py.File(one_path, "r")
    row = one["subject"][0]
    for regimen in range(len(full["regimen"])):
        want = full["concentration"][regimen, row].astype(float)
        level = one["concentration"][regimen, 0]
        assert (abs(level - want) <= 1e-4 * np.maximum(want, 1e-3 * want.max())).all()
        a, b = ledger_of(full, regimen, row), ledger_of(one, regimen, 0)
        dose = a["kind"] == 0
        assert dose.any() and a["kind"].tobytes() == b["kind"].tobytes()
        for name in a:
            assert same_bytes(a[name][dose], b[name][dose]), (regimen, name)
            # levels as measured are numbers of the solver
            assert np.allclose(a[name], b[name], rtol=1e-4, equal_nan=True), (regimen, name)


if sys.argv[1] == "all":
    compare_all(sys.argv[2:])
elif sys.argv[1] == "course":
    compare_course(*sys.argv[2:])
else:
    compare_subject(*sys.argv[2:])
