#include <bgraph/core/worker/folder_checkpoint.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace bgraph::worker {

namespace fs = std::filesystem;

namespace {

constexpr double kEvery_s = 20;

/// At most this much work is lost to a kill.
std::chrono::duration<double> interval() {
  // BGRAPH_CHECKPOINT_SECONDS: seconds between two checkpoints of a node, instead of 20. 0 = as often as it asks.
  const char* chosen = std::getenv("BGRAPH_CHECKPOINT_SECONDS");
  return std::chrono::duration<double>(chosen == nullptr ? kEvery_s : std::atof(chosen));
}

bool is_draft(const fs::path& entry) { return entry.filename().string().starts_with("draft"); }

}  // namespace

FolderCheckpoint::FolderCheckpoint(fs::path folder, Json profile, const std::atomic<bool>& stop_asked,
                                   std::function<void(const std::string&)> warn)
    : folder_(std::move(folder)), profile_(std::move(profile)), stop_asked_(stop_asked), warn_(std::move(warn)), every_(interval()) {
  std::error_code none;  // what a killed process was writing
  for (const auto& entry : fs::directory_iterator(folder_, none))
    if (is_draft(entry)) fs::remove_all(entry, none);
}

std::optional<Value> FolderCheckpoint::load() {
  const fs::path state = folder_ / std::to_string(newest());
  std::ifstream in(state / "profile.json");
  if (!in) return std::nullopt;
  const Json written = Json::parse(in, nullptr, false);
  if (written != profile_) {
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
  return stop_asked_ || std::chrono::steady_clock::now() - last_ > every_;
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
  last_ = std::chrono::steady_clock::now();
  try {
    write(state);
  } catch (const std::exception& error) {  // Error, or std::filesystem's own
    warn_(std::string("a checkpoint was not written: ") + error.what());
  }
}

void FolderCheckpoint::write(const Value& state) const {
  const int number = newest();
  const fs::path draft = folder_ / ("draft-" + std::to_string(::getpid()));
  fs::remove_all(draft);
  fs::create_directories(draft);
  write_payload(state, draft);
  store::write_whole(draft / kValueFile, to_json(header_of(state)).dump());
  store::write_whole(draft / "profile.json", profile_.dump());
  store::seal_tree(draft);
  store::sync_path(draft);
  fs::rename(draft, folder_ / std::to_string(number + 1));
  store::sync_path(folder_);
  fs::remove_all(folder_ / std::to_string(number));
}

}  // namespace bgraph::worker
