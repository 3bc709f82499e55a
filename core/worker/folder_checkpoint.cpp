#include <bgraph/core/worker/folder_checkpoint.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/worker/profile.h>
#include <bgraph/sdk/contract/error.h>

#include <fstream>

namespace bgraph::worker {

namespace fs = std::filesystem;

namespace {
constexpr std::chrono::seconds kEvery{20};  // at most this much work is lost to a kill
}

FolderCheckpoint::FolderCheckpoint(fs::path folder, const std::atomic<bool>& stop_asked,
                                   std::function<void(const std::string&)> warn)
    : folder_(std::move(folder)), stop_asked_(stop_asked), warn_(std::move(warn)) {}

std::optional<Value> FolderCheckpoint::load() {
  const fs::path state = folder_ / std::to_string(newest());
  std::ifstream in(state / "profile.json");
  if (!in) return std::nullopt;
  const Json written = Json::parse(in, nullptr, false);
  if (written != numeric_profile()) {
    warn_("a checkpoint is not used: it was written under another numeric profile (" + written.dump() + ")");
    return std::nullopt;
  }
  try {
    return read_value(state);
  } catch (const Error& error) {
    warn_(std::string("a checkpoint is not used: ") + error.what());
    return std::nullopt;
  }
}

bool FolderCheckpoint::due() {
  return stop_asked_ || std::chrono::steady_clock::now() - last_ > kEvery;
}

int FolderCheckpoint::newest() const {
  int found = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_, none))
    if (const std::string name = entry.path().filename(); name.find_first_not_of("0123456789") == std::string::npos)
      found = std::max(found, std::stoi(name));
  return found;
}

void FolderCheckpoint::save(const Value& state) {
  const int number = newest();
  const fs::path next = folder_ / "next";
  fs::remove_all(next);
  fs::create_directories(next);
  write_payload(state, next);
  store::write_whole(next / kValueFile, to_json(header_of(state)).dump());
  store::write_whole(next / "profile.json", numeric_profile().dump());
  store::seal_tree(next);
  fs::rename(next, folder_ / std::to_string(number + 1));
  store::sync_path(folder_);
  fs::remove_all(folder_ / std::to_string(number));
  last_ = std::chrono::steady_clock::now();
}

}  // namespace bgraph::worker
