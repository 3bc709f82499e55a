# How many dimensions do the responses have? Variance along the principal axes of trials x voxels, and their
# participation ratio (sum of variances squared over the sum of squared variances; Gao et al. 2017).
#
#   python3 spectrum.py IN OUT      IN/betas/<subject>.betas.npy -> OUT/spectrum.npy, OUT/summary.csv
import csv
import pathlib
import sys

import numpy

given, out = map(pathlib.Path, sys.argv[1:])
spectra, rows = [], []
for file in sorted((given / "betas").glob("*.betas.npy")):
    betas = numpy.load(file).astype(numpy.float64)
    betas = betas[:, ~numpy.isnan(betas).any(axis=0)]  # voxels that were measured in every trial
    values = numpy.linalg.svd(betas - betas.mean(axis=0), compute_uv=False)
    variance = values**2 / (len(betas) - 1)
    spectra.append(variance / variance.sum())
    rows.append([file.name.split(".")[0], betas.shape[0], betas.shape[1], variance.sum() ** 2 / (variance**2).sum()])
    print(f"{rows[-1][0]}: participation ratio {rows[-1][3]:.1f}")

length = min(len(spectrum) for spectrum in spectra)
numpy.save(out / "spectrum.npy", numpy.mean([s[:length] for s in spectra], axis=0).astype(numpy.float32))
with open(out / "summary.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["subject", "trials", "voxels", "participation_ratio"])
    writer.writerows(rows)
