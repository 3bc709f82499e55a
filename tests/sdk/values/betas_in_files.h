// The same responses, left in HDF5 files: what a reader of a release gives.
#pragma once

#include "written_files.h"

#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace bgraph::testing {

/// Two files per subject, one below the other, in chunks of 3 rows, the second deflated. `name` tells several apart.
inline Betas in_files(const ScratchFolder& folder, const Betas& betas, const std::string& name) {
  Betas stored = betas;
  for (auto& subject : stored.subjects) {
    StoredRows rows;
    StoredRows::Part part{.blocks = {}, .column = at::arange(subject.voxels(), at::kLong)};
    const int64_t count = subject.trials(), cut = count / 3 + 1, width = subject.voxels();
    for (const int64_t first : {int64_t{0}, cut}) {
      const std::string file = folder.file(name + subject.subject + std::to_string(first) + ".h5");
      const at::Tensor numbers = subject.betas.slice(0, first, first == 0 ? cut : count).to(at::kFloat);
      write_hdf5(file, "betas", numbers, {std::min<int64_t>(3, numbers.size(0)), width}, first > 0);
      part.blocks.push_back({.path = file, .content = digest_file(file).hex(), .dataset = "betas", .shape = {numbers.size(0), width}});
    }
    rows.parts.push_back(std::move(part));
    rows.row = at::arange(count, at::kLong);
    subject.stored = std::make_shared<StoredRows>(std::move(rows));
    subject.betas.reset();
  }
  return stored;
}

}  // namespace bgraph::testing
