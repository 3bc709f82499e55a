#include <bgraph/core/store/store.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/value_check.h>
#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {
constexpr uint8_t kSampled = 64;                    // one value in so many is hashed again
constexpr uintmax_t kLargestSample = 64u << 20;    // bytes; larger ones would be noticed
}  // namespace

Store::Store(fs::path root, Trust trust)
    : root_(fs::absolute(root).lexically_normal()), files_(root_ / "files"),
      index_(std::make_shared<Index>(root_)), history_(std::make_shared<History>(root_ / "history")),
      lease_(std::make_shared<Lease>(root_)), trust_(trust),
      sample_(static_cast<uint8_t>(std::chrono::steady_clock::now().time_since_epoch().count() % kSampled)) {}

void Store::prepare() const {
  for (const char* folder : {"values", "keys", "unfinished", "files", "locks", "tmp"}) {
    std::error_code problem;
    fs::create_directories(root_ / folder, problem);
    if (problem)
      throw Error("the store " + root_.string() + " cannot be written: " + problem.message(),
                  "choose another folder with --store DIR or BGRAPH_STORE");
  }
  sweep_dead(temporary_root());
}

fs::path Store::value_folder(const Digest& digest) const {
  const std::string hex = digest.hex();
  return root_ / "values" / hex.substr(0, 2) / hex;
}

fs::path Store::unfinished_folder(const std::string& key) const { return root_ / "unfinished" / key; }

fs::path Store::key_file(const std::string& key) const {
  return root_ / "keys" / key.substr(0, 2) / (key + ".json");
}

void Store::remember_good(const Digest& digest, const ValueHeader& header) const {
  const fs::path folder = value_folder(digest);
  if (!header.tensors.empty()) files_.remember(folder / kPayloadFile, digest);
  for (const auto& file : header.files) files_.remember(folder / file.name, digest);
}

void Store::forget_good(const Digest& digest, const ValueHeader& header) const {
  const fs::path folder = value_folder(digest);
  files_.forget(folder / kPayloadFile);
  for (const auto& file : header.files) files_.forget(folder / file.name);
}

bool Store::is_sampled(const Digest& digest) const {
  return trust_ == Trust::none || digest.bytes[31] % kSampled == sample_;
}

bool Store::is_doubted(const Digest& digest, const ValueHeader& header) const {
  if (trust_ == Trust::none) return true;
  if (!is_sampled(digest)) return false;
  std::error_code missing;
  uintmax_t bytes = header.tensors.empty() ? 0 : fs::file_size(value_folder(digest) / kPayloadFile, missing);
  for (const auto& file : header.files) bytes += static_cast<uintmax_t>(file.bytes);
  return bytes <= kLargestSample;
}

bool Store::has(const Digest& digest) const {
  const fs::path folder = value_folder(digest);
  if (!fs::exists(folder / kValueFile)) return false;
  try {
    const ValueHeader header = read_value_header(folder);
    if (header.digest() != digest || !size_problem(folder, header).empty()) return false;
    bool seen_good = header.tensors.empty() || files_.recall(folder / kPayloadFile) == digest;
    for (const auto& file : header.files)
      seen_good = seen_good && files_.recall(folder / file.name) == digest;
    if (seen_good && !is_doubted(digest, header)) return true;
    if (!content_problem(folder, header).empty()) {
      forget_good(digest, header);
      return false;
    }
    if (!seen_good) remember_good(digest, header);
    return true;
  } catch (const Error&) {
    return false;
  }
}

ValueHeader Store::open(const Digest& digest) const {
  const fs::path folder = value_folder(digest);
  ValueHeader header = read_value_header(folder);
  std::string problem = size_problem(folder, header);
  if (header.digest() != digest) problem = (folder / kValueFile).string() + " is not what was written";
  if (!problem.empty())
    throw Error("value " + digest.brief() + " is damaged: " + problem, "run again; it is computed again");
  return header;
}

std::string Store::verify(const Digest& digest) const {
  return content_problem(value_folder(digest), digest);
}

void Store::discard(const Digest& digest) const {
  const TemporaryFolder grave(temporary_root(), "discard");
  discard(digest, grave.path() / "value");
}

void Store::discard(const Digest& digest, const fs::path& grave) const {
  std::error_code problem;
  fs::rename(value_folder(digest), grave, problem);  // gone in one step
  if (problem && problem != std::errc::no_such_file_or_directory)
    fail_writing(value_folder(digest), problem.value());
}

std::vector<Digest> Store::values() const {
  std::vector<Digest> all;
  std::error_code none;
  for (const auto& shard : fs::directory_iterator(root_ / "values", none))
    for (const auto& entry : fs::directory_iterator(shard.path(), none))
      all.push_back(Digest::from_hex(entry.path().filename().string()));
  std::sort(all.begin(), all.end());
  return all;
}

std::optional<KeyRecord> Store::record(const std::string& key) const {
  const fs::path file = key_file(key);
  if (!fs::exists(file)) return std::nullopt;
  try {
    KeyRecord record = key_record_from_json(Json::parse(read_text(file), nullptr, false));
    if (record.key != key) return std::nullopt;
    return record;
  } catch (const Error&) {
    return std::nullopt;  // a damaged record is a miss, and is written anew
  }
}

std::optional<KeyRecord> Store::find(const std::string& key) const {
  const Look looking(*lease_);
  auto found = record(key);
  if (!found) return std::nullopt;
  for (const auto& [port, digest] : found->outputs)
    if (!has(digest)) return std::nullopt;
  for (const auto& [port, digest] : found->outputs) lease_->name(digest);
  return found;
}

std::optional<Known> Store::known(const std::string& key) const {
  const Look looking(*lease_);
  auto known = look_up(key);
  if (known)
    for (const auto& [port, digest] : known->outputs) lease_->name(digest);
  else
    lease_->name(Digest::from_hex(key));  // its checkpoints stay
  return known;
}

std::optional<Known> Store::look_up(const std::string& key) const {
  auto remembered = index_->find(key);
  const auto is_good = [&](const auto& output) { return !is_sampled(output.second) || has(output.second); };
  if (remembered && std::all_of(remembered->outputs.begin(), remembered->outputs.end(), is_good)) return remembered;
  const auto found = find(key);
  if (!found) return std::nullopt;
  Known known{.outputs = found->outputs, .seconds = found->seconds, .peak_mib = found->peak_mib};
  for (const auto& [port, digest] : found->outputs)
    for (auto& build : builds_in(open(digest).meta)) known.builds.push_back(std::move(build));
  if (!remembered) index_->add(key, known);
  return known;
}

void Store::publish(const KeyRecord& record, bool in_history) const {
  const Look looking(*lease_);
  Known known{.outputs = record.outputs, .seconds = record.seconds, .peak_mib = record.peak_mib};
  for (const auto& [port, digest] : record.outputs) {
    lease_->name(digest);
    const ValueHeader header = open(digest);
    // The writer knew these digests from memory: what is on disk counts as good from here on.
    remember_good(digest, header);
    for (auto& build : builds_in(header.meta)) known.builds.push_back(std::move(build));
  }
  // There first and then on disk: the journal takes text and name in one. Until then a power cut may leave half a text, which
  // is a miss like none.
  const fs::path file = key_file(record.key);
  write_whole(file, to_json(record).dump(1));
  sync_path(file);
  sync_path(file.parent_path());
  index_->add(record.key, known);
  if (in_history) history_->add(record);
  std::error_code ignored;
  fs::remove_all(unfinished_folder(record.key), ignored);
}

const std::vector<KeyRecord>& Store::history(const std::string& type) const {
  return history_->of(type, [&](const std::string& key) { return record(key); });
}

void Store::hold(const std::vector<Digest>& digests) const {
  hold();
  const Look looking(*lease_);
  for (const auto& digest : digests) lease_->name(digest);
}

std::optional<FileLock> Store::try_lock(const std::string& key) const {
  return FileLock::attempt(root_ / "locks" / key);
}

// BGRAPH_STORE: the folder of the store when --store is not given.
fs::path store_root(const std::string& option) {
  if (!option.empty()) return option;
  const char* variable = std::getenv("BGRAPH_STORE");
  return variable != nullptr && *variable != '\0' ? fs::path(variable) : fs::path("store");
}

}  // namespace bgraph::store
