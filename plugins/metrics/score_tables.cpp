#include "score_tables.h"

#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/contract/error.h>

#include <fmt/format.h>

namespace bgraph::metrics {

void require_scorable(const Images& reconstructions, const Images& seen, const std::string& method) {
  if (reconstructions.id_space != seen.id_space)
    throw Error(fmt::format("'{}' numbers its images in '{}', the seen images in '{}'", method, reconstructions.id_space,
                            seen.id_space),
                "score reconstructions of the images that were seen");
  if (!reconstructions.pixels.is_floating_point()) return;
  const at::Tensor broken = reconstructions.pixels.isfinite().flatten(1).all(1).logical_not();  // [M]
  if (const auto count = broken.sum().item<int64_t>(); count > 0)
    throw Error(fmt::format("{} of the {} images of '{}' have pixels that are not finite", count, reconstructions.size(), method),
                "mend the node that makes them: left out of the means, they would raise the scores");
}

std::vector<std::string> entry_names(const std::vector<std::string>& given, size_t entries) {
  std::vector<std::string> names = given;
  if (names.empty())
    for (size_t entry = 1; entry <= entries; ++entry) names.push_back(std::to_string(entry));
  if (names.size() != entries)
    throw Error(fmt::format("{} names for {} entries of `images`", names.size(), entries), "name each entry once, in order");
  return names;
}

void declare_scores(const std::vector<Score>& scores, Table& means, Table& each) {
  each.column("method").column("image").column("category").column("subject");
  for (const auto& score : scores) {
    means.column(score.name, "", score.better).column(score.name + "_lo").column(score.name + "_hi");
    if (score.permuted.defined()) means.column(score.name + "_chance_lo").column(score.name + "_chance_hi");
    each.column(score.name, "", score.better);
  }
}

void add_means(Row& row, const std::vector<Score>& scores, const RowPlaces& places, int64_t resamples, const Rng& rng) {
  std::vector<at::Tensor> grids;
  for (const auto& score : scores) grids.push_back(grid_of(score.values, places));
  const auto found = estimates(at::stack(grids), resamples, 0.95, rng);
  for (size_t k = 0; k < scores.size(); ++k) {
    const std::string& name = scores[k].name;
    row.cells[name] = found[k].mean;
    row.cells[name + "_lo"] = found[k].interval.low;
    row.cells[name + "_hi"] = found[k].interval.high;
    if (!scores[k].permuted.defined()) continue;
    const Interval chance = central(scores[k].permuted, 0.95);
    row.cells[name + "_chance_lo"] = chance.low;
    row.cells[name + "_chance_hi"] = chance.high;
  }
}

void add_rows(Table& each, const std::string& method, const std::vector<Score>& scores, const RowPlaces& places,
              const Images& seen) {
  const auto number = [](const at::Tensor& values, int64_t i) { return static_cast<double>(values[i].item<int64_t>()); };
  for (int64_t i = 0; i < places.image.size(0); ++i) {
    const auto image = places.image[i].item<int64_t>();
    const double id = number(seen.image_id, image), subject = number(places.subject, i);
    Row row{fmt::format("{}, image {:.0f}, subject {:.0f}", method, id, subject), {}};
    row.cells = {{"method", method}, {"image", id}, {"category", number(seen.category, image)}, {"subject", subject}};
    for (const auto& score : scores) row.cells[score.name] = score.values[i].item<double>();
    each.rows.push_back(std::move(row));
  }
}

std::string list_digest(const at::Tensor& image_id) {
  FieldHasher list;
  for (int64_t i = 0; i < image_id.size(0); ++i) list.integer("image", image_id[i].item<int64_t>());
  return list.finish().brief();
}

}  // namespace bgraph::metrics
