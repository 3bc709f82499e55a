// From scores to tables: a row of means per method with intervals and chance bands, and a row per image and subject.
#pragma once

#include "score_grid.h"

#include <bgraph/sdk/values/images.h>
#include <bgraph/sdk/values/table.h>

#include <string>
#include <vector>

namespace bgraph::metrics {

/// One metric of one method.
struct Score {
  std::string name;           // "two_way_deep"
  std::string better;         // "higher" or "lower"
  at::Tensor values;          // [M] float64, NaN = not available
  at::Tensor permuted;        // [permutations] means with permuted labels; undefined for all but two-way
};

/// Error unless the two number their images alike and every pixel is finite: a score that is NaN is left out of the means, so
/// that a method would gain by what it fails at.
void require_scorable(const Images& reconstructions, const Images& seen, const std::string& method);

/// What the entries of `images` are called: as given, in order, or "1", "2", ... Error unless each has a name, or none.
std::vector<std::string> entry_names(const std::vector<std::string>& given, size_t entries);

/// The columns of both tables, from the scores of any method.
void declare_scores(const std::vector<Score>& scores, Table& means, Table& each);

/// Means over subjects and images, their 95 % intervals, and the chance bands.
void add_means(Row& row, const std::vector<Score>& scores, const RowPlaces& places, int64_t resamples, const Rng& rng);

/// One row per image and subject, for contrasts.
void add_rows(Table& each, const std::string& method, const std::vector<Score>& scores, const RowPlaces& places,
              const Images& seen);

/// Digest of a list of images, by id in order.
std::string list_digest(const at::Tensor& image_id);

}  // namespace bgraph::metrics
