#include <bgraph/core/store/lock.h>

#include <bgraph/core/store/durable.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace bgraph::store {

namespace fs = std::filesystem;

FileLock::FileLock(int descriptor, fs::path file) : descriptor_(descriptor), file_(std::move(file)) {}

FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), file_(std::move(other.file_)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(file_, other.file_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<FileLock> FileLock::acquire(const fs::path& file, int operation) {
  for (;;) {
    std::error_code problem;
    fs::create_directories(file.parent_path(), problem);
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) fail_writing(file, errno);
    FileLock lock(descriptor, file);
    while (::flock(descriptor, operation) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      if (errno != EINTR) fail_writing(file, errno);
    }
    // The holder before us may have removed the file we opened: then ours is a lock on nothing.
    struct stat held {}, named {};
    if (::fstat(descriptor, &held) == 0 && ::stat(file.c_str(), &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev)
      return lock;
  }
}

FileLock FileLock::wait(const fs::path& file, bool shared) {
  return std::move(*acquire(file, shared ? LOCK_SH : LOCK_EX));
}

std::optional<FileLock> FileLock::attempt(const fs::path& file) {
  return acquire(file, LOCK_EX | LOCK_NB);
}

void FileLock::remove_and_release() {
  ::unlink(file_.c_str());  // while held: see acquire
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace bgraph::store
