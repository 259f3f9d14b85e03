#!/usr/bin/python3
"""Compare result files dataset by dataset, byte by byte; a subject file by its rows.

usage: compare_results.py all A.h5 B.h5 ...      same datasets, shapes, bytes, attributes
       compare_results.py subject FULL.h5 ONE.h5 rows of ONE equal those rows of FULL
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


if sys.argv[1] == "all":
    compare_all(sys.argv[2:])
else:
    compare_subject(*sys.argv[2:])
