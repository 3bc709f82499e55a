#include <bgraph/core/store/mapped_file.h>

#include <bgraph/sdk/contract/error.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bgraph::store {

MappedFile::MappedFile(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw Error("cannot read " + file.string() + ": " + std::strerror(errno));
  struct stat status {};
  ::fstat(descriptor, &status);
  size_ = static_cast<size_t>(status.st_size);
  if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int problem = errno;
  ::close(descriptor);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    throw Error("cannot map " + file.string() + ": " + std::strerror(problem));
  }
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace bgraph::store
