// One value per subject and image, and what follows from such grids: means with intervals.
#pragma once

#include "bootstrap.h"

#include <string>
#include <vector>

namespace bgraph::metrics {

/// Where the rows of one method stand: which seen image, which subject.
struct RowPlaces {
  at::Tensor image;    // [M] int64, row of the seen images
  at::Tensor subject;  // [M] int64 in [0, subjects)
  int64_t images = 0, subjects = 0;
};

/// Finds every reconstruction's seen image by id. `subject` [M], or undefined: then the k-th row of one image is
/// subject k, the order in which predictions of several subjects come.
/// Errors: an id no seen image has; two seen images with one id; two rows for one image and subject.
RowPlaces place_rows(const at::Tensor& recon_ids, const at::Tensor& seen_ids, const at::Tensor& subject,
                     const std::string& method);

/// values [M] float64  ->  [S, N], NaN where there is no row.
at::Tensor grid_of(const at::Tensor& values, const RowPlaces& places);

struct Estimate {
  double mean;
  Interval interval;
};

/// Means of grids [K, S, N] over their cells, each with its bootstrap interval.
std::vector<Estimate> estimates(const at::Tensor& grids, int64_t resamples, double level, Rng rng);

}  // namespace bgraph::metrics
