#include <bgraph/sdk/contract/mapped_file.h>

#include <bgraph/sdk/contract/error.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bgraph {

MappedFile::MappedFile(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not hang us
  if (fd < 0) throw Error("cannot read " + file.string() + ": " + std::strerror(errno));
  struct stat info {};
  ::fstat(fd, &info);
  if (!S_ISREG(info.st_mode)) {
    ::close(fd);
    throw Error(file.string() + " is no regular file");
  }
  size_ = static_cast<size_t>(info.st_size);
  void* mapped = size_ ? ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) : nullptr;
  const int problem = errno;
  ::close(fd);
  if (mapped == MAP_FAILED) throw Error("cannot map " + file.string() + ": " + std::strerror(problem));
  data_ = static_cast<std::byte*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(data_, size_);
}

}  // namespace bgraph
