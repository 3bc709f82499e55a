#include "trial_images.h"

#include "image_rows.h"

#include <ATen/ops/tensor.h>
#include <bgraph/sdk/contract/error.h>

#include <set>

namespace bgraph::decoding {

std::vector<ImagePlace> image_places(const TrialSet& trials, const std::vector<Betas>& betas,
                                     const std::vector<ImageSet>& sets, const std::string& port) {
  if (sets.size() != 1 && sets.size() != betas.size())
    throw Error("'" + port + "' has " + std::to_string(sets.size()) + " entries, expected one or, as betas, " +
                std::to_string(betas.size()));
  std::vector<ImageRows> rows;
  for (const auto& set : sets) rows.emplace_back(set.image_id, port);
  std::vector<ImagePlace> places;
  for (const Trial& trial : trials.trials()) {
    const size_t set = sets.size() == 1 ? 0 : trial.source;
    const Betas& source = betas[trial.source];
    if (sets[set].id_space != source.id_space)
      throw Error("'" + port + "' numbers images as '" + sets[set].id_space + "', the betas as '" + source.id_space +
                  "'");
    places.push_back({set, rows[set].row_of(trial.image_id, source.subjects[trial.subject].subject)});
  }
  return places;
}

at::Tensor trained_images(const TrialSet& trials, const std::vector<Betas>& sources) {
  std::set<int64_t> ids;
  for (const Trial& trial : trials.trials())
    if (sources[trial.source].id_space == sources[0].id_space) ids.insert(trial.image_id);
  return at::tensor(std::vector<int64_t>(ids.begin(), ids.end()));
}

}  // namespace bgraph::decoding
