// Names of the Brain Imaging Data Structure: sub-01_ses-02_task-nsd_run-3_space-T1w_desc-glm_betas.nii.gz
//
// Entities KEY-VALUE parted by '_', then a suffix and an extension (from the first dot). Values of `run` are numbers: run-01 is
// run-1, and run-10 follows run-9. Source: BIDS specification 1.9, file name structure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bgraph::io::bids {

struct Name {
  std::filesystem::path file;
  std::map<std::string, std::string> entities;
  std::string suffix, extension;

  std::string entity(const std::string& key) const;  // "" if it is not there
};

/// Files of a subject ("01") below `root`, in sub-01/FOLDER and sub-01/ses-*/FOLDER, with names of this form; sorted.
std::vector<Name> files_of(const std::filesystem::path& root, const std::string& subject, const std::string& folder);

/// Session, task, acquisition and run: what a file of events and its betas share.
struct Run {
  std::string session, task, acquisition;
  int64_t number = -1;  // -1: the only one
  auto operator<=>(const Run&) const = default;
  std::string text() const;  // "ses-02 task-nsd run-3"
};
Run run_of(const Name& name);

}  // namespace bgraph::io::bids
