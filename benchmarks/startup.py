#!/usr/bin/python3
"""Time whole short runs of the program, from exec to exit: startup.py TACRO.

One block and no more, so nearly all is start-up: reading and checking the files, choosing
kernels, planning. An upper bound of the time to the first block.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

REPS = 20
SCENARIOS = {
    "W1": "benchmarks/w1.yaml",
    "W2": "benchmarks/w2.yaml",
    "case": "params/scenario/pres_lung_transplant.yaml",
}


def seconds(command):
    times = []
    for _ in range(REPS + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return times[1:]  # the first one warms the file cache


def main():
    tacro = sys.argv[1]
    print("workload,what,median_s,min_s,max_s")
    with tempfile.TemporaryDirectory() as folder:
        for name, scenario in SCENARIOS.items():
            base = [tacro, "run", scenario, "-o", os.path.join(folder, "x.h5"), "--force", "--subjects=1"]
            for what, extra in (("files read and checked", ["--dry-run"]), ("one patient, file written", [])):
                times = seconds(base + ["--threads=1"] + extra)
                print(f"{name},\"{what}\",{statistics.median(times):.6f},{min(times):.6f},{max(times):.6f}")


if __name__ == "__main__":
    main()
