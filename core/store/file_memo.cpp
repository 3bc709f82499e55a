#include <bgraph/core/store/file_memo.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/folder_files.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/manifest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <map>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

int64_t nanoseconds(const timespec& time) { return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec; }

/// What must stay the same for a file to count as unchanged.
struct Stamp {
  std::string identity;  // "<dev>-<inode>"
  int64_t size = 0, mtime_ns = 0, ctime_ns = 0;
  bool operator==(const Stamp&) const = default;
};

std::optional<Stamp> stamp_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return Stamp{std::to_string(status.st_dev) + "-" + std::to_string(status.st_ino), status.st_size,
               nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

// File systems stamp changes with the kernel's tick: a second write within it looks like the first.
// So what was changed a moment ago is hashed again next time.
constexpr int64_t kTick_ns = 50'000'000;

bool just_changed(const Stamp& stamp) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now) - stamp.ctime_ns < kTick_ns;
}

/// True for what a reader of a folder meets as a file.
bool is_read(const fs::path& entry) {
  std::error_code problem;
  const fs::file_status status = fs::status(entry, problem);
  if (status.type() == fs::file_type::none) throw Error("cannot read " + entry.string() + ": " + problem.message());
  return fs::is_regular_file(status) || leads_nowhere(entry);
}

}  // namespace

std::optional<Digest> FileMemo::recall(const fs::path& file) const {
  const auto stamp = stamp_of(file);
  if (!stamp) return std::nullopt;
  const fs::path note = folder_ / (stamp->identity + ".json");
  if (!fs::exists(note)) return std::nullopt;
  const Json json = Json::parse(read_text(note), nullptr, false);
  if (!json.is_object() || json.value("size", int64_t{-1}) != stamp->size ||
      json.value("mtime_ns", int64_t{0}) != stamp->mtime_ns ||
      json.value("ctime_ns", int64_t{0}) != stamp->ctime_ns)
    return std::nullopt;
  return Digest::from_hex(json.value("digest", std::string()));
}

void FileMemo::remember(const fs::path& file, const Digest& digest) const {
  const auto stamp = stamp_of(file);
  if (!stamp) return;
  try {
    write_whole(folder_ / (stamp->identity + ".json"), Json{{"size", stamp->size},
                                                              {"mtime_ns", stamp->mtime_ns},
                                                              {"ctime_ns", stamp->ctime_ns},
                                                              {"digest", digest.hex()}}
                                                             .dump());
  } catch (const Error&) {
    // Planning against a store that cannot be written must still answer.
  }
}

void FileMemo::forget(const fs::path& file) const {
  std::error_code ignored;
  if (const auto stamp = stamp_of(file)) fs::remove(folder_ / (stamp->identity + ".json"), ignored);
}

Digest FileMemo::digest_of(const fs::path& file) const {
  if (const auto known = recall(file)) return *known;
  if (fs::is_directory(file))
    throw Error(file.string() + " is a folder, expected a file", "name a file inside it");
  const auto before = stamp_of(file);
  if (!before) throw Error("cannot read " + file.string() + ": " + std::strerror(errno));
  const Digest digest = digest_file(file);
  if (stamp_of(file) != before)
    throw Error(file.string() + " changed while it was read", "wait until it is written, then run again");
  if (!just_changed(*before)) remember(file, digest);
  return digest;
}

Digest FileMemo::digest_of_folder(const fs::path& folder, const std::vector<std::string>& patterns) const {
  std::error_code problem;
  std::map<std::string, fs::path> files;  // sorted by relative name
  for (const auto& pattern : patterns)
    for (const auto& name : files_matching(folder, pattern)) files[name.generic_string()] = folder / name;
  if (patterns.empty())
    for (auto entry = fs::recursive_directory_iterator(
             folder, fs::directory_options::follow_directory_symlink, problem);
         !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem))
      if (is_read(entry->path()))
        files[entry->path().lexically_relative(folder).generic_string()] = entry->path();
  if (problem) throw Error("cannot read folder " + folder.string() + ": " + problem.message());
  FieldHasher hasher;
  for (const auto& [name, file] : files) {
    hasher.text("name", name);
    if (leads_nowhere(file))
      hasher.text("link", "leads nowhere");  // its reader refuses it or leaves it out; either is a result of its being there
    else
      hasher.digest("content", digest_of(file));
  }
  return hasher.finish();
}

}  // namespace bgraph::store
