// The scratch folder of a node that runs: made when it is first asked for, removed with its context.
#pragma once

#include <bgraph/core/store/temporary.h>
#include <bgraph/core/store/user_temporary.h>

#include <filesystem>
#include <optional>

namespace bgraph::worker {

class NodeScratch {
 public:
  /// An empty folder at first.
  std::filesystem::path path() {
    if (!folder_) {
      folder_.emplace(store::user_temporary(), "node");
      std::filesystem::create_directory(files());
    }
    return files();
  }

 private:
  std::filesystem::path files() const { return folder_->path() / "files"; }  // beside the lock of the folder's owner

  std::optional<store::TemporaryFolder> folder_;
};

}  // namespace bgraph::worker
