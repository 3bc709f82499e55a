"""Writes chunked betas and times h5py on random batches of rows: beside benchmarks/hdf5_rows.cpp.

usage: hdf5_rows.py FILE [ROWS COLUMNS CHUNK_ROWS]     needs h5py
"""
import os, sys, time

import h5py
import numpy as np

file = sys.argv[1]
rows, columns, chunk = (int(word) for word in (sys.argv[2:] or (6000, 4000, 50)))
draw = np.random.default_rng(0)
if not os.path.exists(file):
    with h5py.File(file, "w") as out:
        betas = out.create_dataset("betas", (rows, columns), "f4", chunks=(chunk, columns), compression="gzip", compression_opts=1, shuffle=True)
        for first in range(0, rows, chunk):
            betas[first:first + chunk] = draw.standard_normal((min(chunk, rows - first), columns)).astype("f2")
with h5py.File(file) as opened:
    betas = opened["betas"]
    picks = [draw.integers(0, rows, 256) for _ in range(3)]
    for name, read in (("h5py, row by row", lambda pick: [betas[int(row)] for row in pick]), ("h5py, fancy index", lambda pick: betas[np.unique(pick)])):
        read(picks[0][:32])
        begin = time.perf_counter()
        for pick in picks:
            read(pick)
        print("%-18s %8.0f rows/s" % (name, 256 * len(picks) / (time.perf_counter() - begin)))
