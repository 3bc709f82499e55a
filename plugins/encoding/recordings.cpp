#include "recordings.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

#include <algorithm>
#include <unordered_map>

namespace bgraph::encoding {

namespace {

/// Trials of each subject, of all values that have some.
std::map<std::string, std::vector<SubjectBetas>> by_subject(const std::vector<Betas>& values, const Voxels& voxels) {
  std::map<std::string, std::vector<SubjectBetas>> subjects;
  for (const auto& betas : values)
    for (const auto& trials : betas.subjects) {
      const auto place = std::find(voxels.subjects.begin(), voxels.subjects.end(), trials.subject);
      if (place == voxels.subjects.end()) throw Error("'voxels' has no subject '" + trials.subject + "'");
      const int64_t index = place - voxels.subjects.begin();
      const int64_t first = voxels.first_voxel(index), count = voxels.voxel_count(index);
      if (trials.first_voxel != first || trials.voxels() != count)
        throw ShapeError(trials.subject + " has voxels " + std::to_string(trials.first_voxel) + " + " +
                             std::to_string(trials.voxels()) + " in its responses, " + std::to_string(first) +
                             " + " + std::to_string(count) + " in 'voxels'",
                         "take 'betas' and 'voxels' from the same node");
      subjects[trials.subject].push_back(trials);
    }
  return subjects;
}

SubjectBetas joined(const std::vector<SubjectBetas>& parts) {
  SubjectBetas all = parts.front();
  for (at::Tensor SubjectBetas::* column : {&SubjectBetas::betas, &SubjectBetas::image_id, &SubjectBetas::repeat, &SubjectBetas::session}) {
    std::vector<at::Tensor> of_parts;
    for (const auto& part : parts) of_parts.push_back(part.*column);
    if (parts.size() > 1) all.*column = at::cat(of_parts);
  }
  return all;
}

std::unordered_map<int64_t, int64_t> rows_by_id(const at::Tensor& image_id) {
  const auto ids = image_id.contiguous();
  std::unordered_map<int64_t, int64_t> rows;
  for (int64_t row = 0; row < ids.numel(); ++row) rows.emplace(ids.data_ptr<int64_t>()[row], row);
  return rows;
}

/// Mean over samples of 1 / (number of trials of that image).
double noise_left(const at::Tensor& image_id, int64_t images) {
  const auto counts = std::get<2>(at::_unique2(image_id, true, false, true));
  return counts.to(at::kDouble).reciprocal().sum().item<double>() / static_cast<double>(images);
}

}  // namespace

int64_t Recordings::samples() const {
  int64_t total = 0;
  for (const auto& subject : subjects) total += subject.samples();
  return total;
}

int64_t Recordings::unmeasured() const {
  int64_t total = 0;
  for (const auto& subject : subjects) total += subject.voxels - subject.measured.numel();
  return total;
}

Recordings record(const std::vector<Betas>& betas, const std::vector<Images>& images, const Voxels& voxels,
                  Repeats repeats, Context* reading) {
  if (images.empty()) throw Error("responses without the images that were seen");
  const Images all = Images::concat(images);
  for (const auto& value : betas) {
    if (!value.views.empty()) throw Error("responses that are still a view cannot be fitted to");
    if (value.id_space != all.id_space)
      throw Error("responses number their images in '" + value.id_space + "', the images are numbered in '" +
                  all.id_space + "'");
  }
  const auto row_of = rows_by_id(all.image_id);

  Recordings recordings;
  recordings.id_space = all.id_space;
  recordings.split = betas.empty() ? "" : betas.front().split;
  std::vector<int64_t> used;                        // rows of `all`, in order of first use
  std::unordered_map<int64_t, int64_t> kept_as;     // row of `all` -> row kept
  for (const auto& [name, parts] : by_subject(betas, voxels)) {
    const bool averaged = repeats == Repeats::averaged;
    SubjectRecordings subject{.subject = name, .first_voxel = parts.front().first_voxel, .voxels = parts.front().voxels()};
    const bool stored = std::any_of(parts.begin(), parts.end(), [](const SubjectBetas& part) { return part.stored != nullptr; });
    at::Tensor ids, trial_ids;  // of samples, of trials
    if (stored) {
      if (!reading) throw Error(name + "'s responses are still in files", "open them first");
      subject.in_files = std::make_shared<ResponseRows>(parts, averaged);
      ids = subject.in_files->samples().image_id, trial_ids = subject.in_files->trial_image_id();
      subject.measured = subject.in_files->measured(*reading).all.nonzero().flatten();
    } else {
      const SubjectBetas trials = joined(parts), samples = averaged ? average_repeats(trials) : trials;
      ids = samples.image_id.contiguous(), trial_ids = trials.image_id;
      const auto missing = samples.betas.isnan();
      subject.measured = missing.any(0).logical_not().nonzero().flatten();
      subject.betas = samples.betas.masked_fill(missing, 0.0);
    }
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < ids.numel(); ++i) {
      const int64_t id = ids.data_ptr<int64_t>()[i];
      const auto found = row_of.find(id);
      if (found == row_of.end())
        throw Error(name + " saw image " + std::to_string(id) + " of '" + all.id_space +
                        "', which is not among the " + std::to_string(all.size()) + " images given",
                    "give every node that the images came from under 'images'");
      const auto [kept, is_new] = kept_as.emplace(found->second, static_cast<int64_t>(used.size()));
      if (is_new) used.push_back(found->second);
      rows.push_back(kept->second);
    }
    subject.image = at::tensor(rows, at::kLong);
    subject.noise = averaged ? noise_left(trial_ids, ids.numel()) : 1.0;
    recordings.subjects.push_back(std::move(subject));
  }
  recordings.images = all.select(at::tensor(used, at::kLong));
  return recordings;
}

}  // namespace bgraph::encoding
