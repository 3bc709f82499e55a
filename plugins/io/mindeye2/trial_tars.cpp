#include "trial_tars.h"

#include "webdataset.h"

#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/tensor.h>

#include <filesystem>
#include <map>

namespace bgraph::io {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargest = 1 << 20;  // bytes of a field; the published have a few thousand
constexpr int64_t kColumns = 17;

struct Trial {
  int64_t image = 0, session = 0;
};

/// 0.tar, 1.tar, ... as many as there are.
std::vector<std::string> archives_in(const std::string& folder) {
  std::vector<std::string> archives;
  while (fs::exists(fs::path(folder) / (std::to_string(archives.size()) + ".tar"))) archives.push_back((fs::path(folder) / (std::to_string(archives.size()) + ".tar")).string());
  size_t there = 0;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) there += entry.path().extension() == ".tar";
  if (archives.empty() || there != archives.size())
    throw wrong_file(folder, "archives", "0.tar, 1.tar, ... without gap", std::to_string(there) + ", of which " + std::to_string(archives.size()) + " from 0.tar on", "fetch the missing ones");
  return archives;
}

at::Tensor behaviour_of(const WebSample& sample, const std::string& archive) {
  const auto field = sample.fields.find("behav.npy");
  const std::string label = archive + " (" + printable(sample.key) + ".behav.npy)";
  if (field == sample.fields.end()) throw wrong_file(archive, "sample '" + printable(sample.key) + "'", "with behav.npy", "without");
  const auto bytes = std::as_bytes(std::span(field->second));
  const NpyHeader header = whole_npy_header(bytes, label);
  if (header.shape != std::vector<int64_t>{1, kColumns}) throw wrong_file(label, "array", "[1, 17]", shape_text(header.shape));
  return decoded(bytes.subspan(header.data), header.shape, header.code).to(at::kDouble);
}

}  // namespace

TrialList read_trial_tars(const std::string& folder, int64_t subject, int64_t rows) {
  std::map<int64_t, Trial> trials;  // by row
  for (const auto& archive : archives_in(folder)) {
    Webdataset samples(archive, kLargest);
    for (WebSample sample; samples.next(sample);) {
      const at::Tensor behaviour = behaviour_of(sample, archive);
      const auto number = [&](int64_t column, const char* what, double least, double most) {
        const double value = behaviour.data_ptr<double>()[column];
        if (!(value >= least && value <= most) || value != static_cast<double>(static_cast<int64_t>(value)))
          throw wrong_file(archive, std::string(what) + " of '" + printable(sample.key) + "'",
                           "a whole number from " + std::to_string(static_cast<int64_t>(least)) + " to " + std::to_string(static_cast<int64_t>(most)), std::to_string(value));
        return static_cast<int64_t>(value);
      };
      number(1, "subject", static_cast<double>(subject), static_cast<double>(subject));
      const int64_t row = number(5, "row of the betas", 0, static_cast<double>(rows - 1));
      const Trial trial{number(0, "73k number", 0, 72999), number(2, "session", 1, 40) - 1};
      if (!trials.emplace(row, trial).second) throw wrong_file(archive, "row " + std::to_string(row) + " of the betas", "one sample", "another one, '" + printable(sample.key) + "'");
    }
  }
  std::vector<int64_t> row, image, session;
  for (const auto& [place, trial] : trials) row.push_back(place), image.push_back(trial.image), session.push_back(trial.session);
  return {at::tensor(row, at::kLong), at::tensor(image, at::kLong), at::tensor(session, at::kLong)};
}

}  // namespace bgraph::io
