#include <bgraph/core/cli/large_pages.h>

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace bgraph::cli {

void use_large_pages() {
  constexpr size_t kRoom = size_t{64} << 20, kPage = size_t{2} << 20;
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the highest there is: large blocks come from the heap too
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_TOP_PAD, kRoom);
  void* const volatile first = std::malloc(kPage);  // the heap grows by all its room at once
  std::free(first);
  const auto end = reinterpret_cast<uintptr_t>(::sbrk(0));
  const uintptr_t begin = (end - kRoom + kPage - 1) / kPage * kPage;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // advice: pages stay small where it is not taken
}

}  // namespace bgraph::cli
