#include "score_grid.h"

#include <bgraph/sdk/contract/error.h>

#include <cmath>
#include <unordered_map>

namespace bgraph::metrics {

namespace {

std::unordered_map<int64_t, int64_t> rows_by_id(const at::Tensor& seen_ids) {
  std::unordered_map<int64_t, int64_t> row_of;
  for (int64_t row = 0; row < seen_ids.size(0); ++row) {
    const auto id = seen_ids[row].item<int64_t>();
    if (!row_of.emplace(id, row).second)
      throw Error("image " + std::to_string(id) + " stands twice among the seen images",
                  "give each seen image once; repeats are averaged before decoding");
  }
  return row_of;
}

}  // namespace

RowPlaces place_rows(const at::Tensor& recon_ids, const at::Tensor& seen_ids, const at::Tensor& subject,
                     const std::string& method) {
  const auto row_of = rows_by_id(seen_ids);
  const int64_t rows = recon_ids.size(0);
  RowPlaces places{at::empty({rows}, at::kLong), at::empty({rows}, at::kLong), seen_ids.size(0), 0};
  std::unordered_map<int64_t, int64_t> met;
  for (int64_t row = 0; row < rows; ++row) {
    const auto id = recon_ids[row].item<int64_t>();
    const auto found = row_of.find(id);
    if (found == row_of.end())
      throw Error("'" + method + "' has a row for image " + std::to_string(id) + ", which is not among the " +
                      std::to_string(places.images) + " seen images",
                  "score reconstructions beside the images of their own split");
    places.image[row] = found->second;
    places.subject[row] = subject.defined() ? subject[row] : at::scalar_tensor(met[id]++, at::kLong);
  }
  if (rows > 0) places.subjects = places.subject.max().item<int64_t>() + 1;
  const at::Tensor cells = std::get<0>(at::_unique2(places.subject * places.images + places.image));
  if (cells.size(0) != rows)
    throw Error("'" + method + "' has " + std::to_string(rows - cells.size(0)) +
                    " rows too many: one image and subject stand in several",
                "average repeats before decoding, or give `subjects`");
  return places;
}

at::Tensor grid_of(const at::Tensor& values, const RowPlaces& places) {
  at::Tensor grid = at::full({places.subjects, places.images}, std::nan(""), at::kDouble);
  grid.view(-1).index_copy_(0, places.subject * places.images + places.image, values.to(at::kDouble));
  return grid;
}

std::vector<Estimate> estimates(const at::Tensor& grids, int64_t resamples, double level, Rng rng) {
  const at::Tensor draws = bootstrap_means(grids, resamples, rng);  // [K, resamples]
  std::vector<Estimate> out;
  for (int64_t k = 0; k < grids.size(0); ++k)
    out.push_back({grids[k].nanmean().item<double>(), central(draws[k], level)});
  return out;
}

}  // namespace bgraph::metrics
