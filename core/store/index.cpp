#include <bgraph/core/store/index.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/value_header.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic = "bgraphi1";
constexpr char kFile[] = "index", kValues[] = "values";

uint64_t fnv1a(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return hash;
}

template <class Number>
void put(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<uint32_t>(text.size()));
  out += text;
}

/// Takes what `put` wrote from the front. Entries are checked by their hash before they are read.
struct Reader {
  std::string_view rest;

  template <class Number>
  Number number() {
    Number value{};
    if (rest.size() < sizeof value) return value;
    std::memcpy(&value, rest.data(), sizeof value);
    rest.remove_prefix(sizeof value);
    return value;
  }
  std::string_view bytes(size_t count) {
    const auto taken = rest.substr(0, count);
    rest.remove_prefix(taken.size());
    return taken;
  }
  std::string_view text() { return bytes(number<uint32_t>()); }
};

struct Stamp {
  uint64_t device = 0, inode = 0;
  int64_t size = 0, mtime_s = 0, mtime_ns = 0, ctime_s = 0, ctime_ns = 0;
  bool operator==(const Stamp&) const = default;
};

std::optional<Stamp> stamp_of(int folder, const char* file) {
  struct stat status {};
  if (::fstatat(folder, file, &status, 0) != 0) return std::nullopt;
  return Stamp{status.st_dev,          status.st_ino,          status.st_size,        status.st_mtim.tv_sec,
               status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

std::string_view raw(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

Digest digest_in(std::string_view bytes) {
  Digest digest;
  std::memcpy(digest.bytes.data(), bytes.data(), std::min(bytes.size(), digest.bytes.size()));
  return digest;
}

void find_builds(const Json& meta, std::vector<Build>& found) {
  if (!meta.is_structured()) return;
  const auto is_text = [&](const char* key) { return meta.contains(key) && meta[key].is_string(); };
  if (meta.is_object() && is_text("component") && is_text("build_id"))
    found.push_back({meta["component"].get<std::string>(), meta["build_id"].get<std::string>()});
  for (const auto& member : meta) find_builds(member, found);
}

}  // namespace

std::vector<Build> builds_in(const Json& meta) {
  std::vector<Build> found;
  find_builds(meta, found);
  return found;
}

Index::~Index() {
  if (values_ >= 0) ::close(values_);
}

void Index::read() {
  if (was_read_) return;
  was_read_ = true;
  std::error_code missing;
  if (!fs::is_regular_file(root_ / kFile, missing)) return;
  bytes_ = read_text(root_ / kFile);
  values_ = ::open((root_ / kValues).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  Reader reader{bytes_};
  bool whole = reader.bytes(kMagic.size()) == kMagic;
  while (whole && !reader.rest.empty()) {
    const auto length = reader.number<uint32_t>();
    const auto hash = reader.number<uint64_t>();
    const std::string_view entry = reader.bytes(length);
    whole = entry.size() == length && length >= 32 && fnv1a(entry) == hash;
    if (whole) entries_[digest_in(entry.substr(0, 32))] = entry.substr(32);
  }
  // Half an entry, after a power cut: what was appended behind it could never be read.
  if (!whole) fs::remove(root_ / kFile, missing);
}

std::optional<Known> Index::find(const std::string& key) {
  const std::lock_guard lock(reading_);
  read();
  const auto entry = entries_.find(Digest::from_hex(key));
  if (entry == entries_.end()) return std::nullopt;
  Reader reader{entry->second};
  Known known;
  known.seconds = reader.number<double>();
  known.peak_mib = reader.number<double>();
  for (auto outputs = reader.number<uint32_t>(); outputs > 0; --outputs) {
    const std::string port(reader.text());
    const Digest digest = digest_in(reader.bytes(32));
    const std::string hex = digest.hex();
    std::string file;
    for (auto files = reader.number<uint32_t>(); files > 0; --files) {
      file.assign(hex, 0, 2).append(1, '/').append(hex).append(1, '/').append(reader.text());
      const auto stamp = reader.number<Stamp>();
      if (stamp_of(values_, file.c_str()) != stamp) return std::nullopt;
    }
    known.outputs.emplace_hint(known.outputs.end(), port, digest);
  }
  for (auto builds = reader.number<uint32_t>(); builds > 0; --builds) {
    const std::string component(reader.text());
    known.builds.push_back({component, std::string(reader.text())});
  }
  return known;
}

void Index::add(const std::string& key, const Known& known) {
  std::string entry(raw(Digest::from_hex(key)));
  put(entry, known.seconds);
  put(entry, known.peak_mib);
  put(entry, static_cast<uint32_t>(known.outputs.size()));
  for (const auto& [port, digest] : known.outputs) {
    const std::string hex = digest.hex();
    const fs::path folder = root_ / kValues / hex.substr(0, 2) / hex;
    put_text(entry, port);
    entry += raw(digest);
    std::vector<fs::path> files;
    std::error_code gone;
    for (const auto& file : fs::directory_iterator(folder, gone)) files.push_back(file.path());
    put(entry, static_cast<uint32_t>(files.size()));
    for (const auto& file : files) {
      const auto stamp = stamp_of(AT_FDCWD, file.c_str());
      if (!stamp) return;
      put_text(entry, file.filename().string());
      put(entry, *stamp);
    }
  }
  put(entry, static_cast<uint32_t>(known.builds.size()));
  for (const auto& build : known.builds) {
    put_text(entry, build.component);
    put_text(entry, build.build_id);
  }
  std::string record;
  put(record, static_cast<uint32_t>(entry.size()));
  put(record, fnv1a(entry));
  record += entry;
  const int file = ::open((root_ / kFile).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  struct stat status {};
  if (::fstat(file, &status) == 0 && status.st_size == 0) record.insert(0, kMagic);
  [[maybe_unused]] const ssize_t written = ::write(file, record.data(), record.size());  // half of one is found out
  ::close(file);
}

}  // namespace bgraph::store
