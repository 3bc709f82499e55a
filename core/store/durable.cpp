#include <bgraph/core/store/durable.h>

#include <bgraph/sdk/contract/error.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <system_error>
#include <tuple>
#include <utility>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

/// Closes at scope end; `close` errors matter only after a sync, which has then reported them.
struct Descriptor {
  int number;
  explicit Descriptor(int number) : number(number) {}
  ~Descriptor() { ::close(number); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

void write_all(int descriptor, std::string_view text, const fs::path& file) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(descriptor, text.data() + sent, text.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_writing(file, errno);
    sent += static_cast<size_t>(count);
  }
}

void replace(const fs::path& file, std::string_view text, bool synced) {
  static std::atomic<int> counter{0};
  make_folder(file.parent_path());
  const fs::path draft = file.string() + ".draft-" + std::to_string(::getpid()) + "-" +
                         std::to_string(counter++);
  try {
    const int number = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (number < 0) fail_writing(draft, errno);
    const Descriptor out(number);
    write_all(out.number, text, draft);
    if (synced && ::fsync(out.number) != 0) fail_writing(draft, errno);
    if (::rename(draft.c_str(), file.c_str()) != 0) fail_writing(file, errno);
  } catch (...) {
    ::unlink(draft.c_str());
    throw;
  }
  if (synced) sync_path(file.parent_path());
}

}  // namespace

void write_durably(const fs::path& file, std::string_view text) { replace(file, text, true); }

void write_whole(const fs::path& file, std::string_view text) { replace(file, text, false); }

void fail_writing(const fs::path& path, int error) {
  std::string fix = "check the folder, or choose another with --store or --runs";
  if (error == ENOSPC || error == EDQUOT) fix = "free some space, or choose another disk with --store";
  if (error == EACCES || error == EPERM || error == EROFS)
    fix = "give yourself the right to write there, or choose another folder with --store or --runs";
  throw Error("cannot write " + path.string() + ": " + std::strerror(error), fix);
}

void append_line(const fs::path& file, std::string_view line) {
  make_folder(file.parent_path());
  const int number = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (number < 0) fail_writing(file, errno);
  const Descriptor out(number);
  write_all(out.number, std::string(line) + "\n", file);  // one write: lines of two processes do not mix
}

void make_folder(const fs::path& folder) {
  if (folder.empty() || fs::is_directory(folder)) return;
  make_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) fail_writing(folder, errno);
  if (!fs::is_directory(folder)) fail_writing(folder, ENOTDIR);
  if (!folder.parent_path().empty()) sync_path(folder.parent_path());
}

void sync_path(const fs::path& path) {
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) fail_writing(path, errno);
  const Descriptor in(number);
  if (::fsync(in.number) != 0 && errno != EINVAL) fail_writing(path, errno);
}

void seal_tree(const fs::path& folder) {
  // All files begin to be written before one is waited for: the file system commits them together.
  std::deque<std::pair<fs::path, Descriptor>> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) {
      seal_tree(entry.path());
      continue;
    }
    const int number = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0) fail_writing(entry.path(), errno);
    files.emplace_back(std::piecewise_construct, std::forward_as_tuple(entry.path()), std::forward_as_tuple(number));
    if (::chmod(entry.path().c_str(), 0444) != 0) fail_writing(entry.path(), errno);
    ::sync_file_range(number, 0, 0, SYNC_FILE_RANGE_WRITE);
  }
  for (const auto& [path, file] : files)
    if (::fsync(file.number) != 0) fail_writing(path, errno);
}

std::string read_text(const fs::path& file) {
  const auto fail = [&] { throw Error("cannot read " + file.string() + ": " + std::strerror(errno)); };
  const int number = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) fail();
  const Descriptor in(number);
  struct stat status {};
  if (::fstat(in.number, &status) != 0) fail();
  std::string text(static_cast<size_t>(status.st_size) + 4096, '\0');  // files of /proc say 0
  for (size_t got = 0;;) {
    if (got == text.size()) text.resize(2 * got);
    const ssize_t count = ::read(in.number, text.data() + got, text.size() - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail();
    got += static_cast<size_t>(count);
    if (count > 0) continue;
    text.resize(got);
    return text;
  }
}

}  // namespace bgraph::store
