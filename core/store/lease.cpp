#include <bgraph/core/store/lease.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

constexpr char kLeases[] = "leases";
constexpr char kInUse[] = "in_use";

/// Two machines may have processes of the same number.
std::string own_name() {
  std::random_device random;
  return std::to_string(::getpid()) + "-" + std::to_string((uint64_t{random()} << 32) + random());
}

/// The leases of living processes; the others go.
std::vector<fs::path> living(const fs::path& store) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(store / kLeases, none)) {
    std::optional<FileLock> lock;
    try {
      lock = FileLock::attempt(entry.path());
    } catch (const Error&) {
      // that of another user: living, for all we can tell
    }
    if (lock)
      lock->remove_and_release();
    else
      files.push_back(entry.path());
  }
  return files;
}

}  // namespace

Lease::~Lease() {
  if (owner_) owner_->remove_and_release();
}

void Lease::begin() {
  const std::lock_guard lock(mutex_);
  if (owner_ || !fs::is_directory(store_)) return;
  try {
    living(store_);
    file_ = store_ / kLeases / own_name();
    owner_ = FileLock::wait(file_);
    append_line(file_, std::to_string(stamp_ns(file_)));
  } catch (const Error&) {
    // A store that cannot be written: by others perhaps, so at least they wait.
    try {
      gate_ = keep_all(store_);
    } catch (const Error&) {
    }
  }
}

void Lease::name(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  if (!owner_ || !named_.insert(digest).second) return;
  unwritten_ += digest.hex();
  unwritten_ += '\n';
}

void Lease::enter() {
  const std::lock_guard lock(mutex_);
  if (looks_++ == 0 && owner_ && !gate_) gate_ = keep_all(store_);
}

void Lease::leave() noexcept {
  const std::lock_guard lock(mutex_);
  if (--looks_ > 0 || !owner_) return;
  try {
    if (!unwritten_.empty()) append_line(file_, std::string_view(unwritten_).substr(0, unwritten_.size() - 1));
    unwritten_.clear();
    gate_.reset();
  } catch (const std::exception&) {
    // The gate stays locked: what could not be written down may still not go.
  }
}

Leased leased(const fs::path& store) {
  Leased all;
  for (const auto& file : living(store)) {
    std::ifstream lines(file);
    if (!lines && !fs::exists(file)) continue;  // it has just ended
    if (!lines) throw Error("cannot read " + file.string(), "collect as the user whose run this is, or after it");
    int64_t since = 0;
    if (!(lines >> since)) since = stamp_ns(file);  // it is just beginning
    all.since_ns = std::min(all.since_ns, since);
    for (std::string name; lines >> name;)
      if (name.size() == 64) all.names.insert(Digest::from_hex(name));
  }
  return all;
}

FileLock keep_all(const fs::path& store) { return FileLock::wait(store / kInUse, true); }

std::optional<FileLock> try_take_out(const fs::path& store, double patience_s) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::duration<double>(patience_s);
  for (;;) {
    if (auto lock = FileLock::attempt(store / kInUse)) return lock;
    if (Clock::now() >= until) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

int64_t stamp_ns(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

}  // namespace bgraph::store
