#include <bgraph/sdk/contract/note.h>

#include <bgraph/sdk/contract/error.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <span>

namespace bgraph {

namespace {

/// A file mapped for reading; every access below is checked against its size.
class MappedElf {
 public:
  explicit MappedElf(const std::filesystem::path& file) : file_(file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw Error("cannot read plugin " + file.string() + ": " + std::strerror(errno));
    struct stat info {};
    ::fstat(fd, &info);
    size_ = static_cast<size_t>(info.st_size);
    void* mapped = size_ ? ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    ::close(fd);
    if (mapped == MAP_FAILED) throw Error(file.string() + " is empty or cannot be mapped");
    data_ = static_cast<const char*>(mapped);
  }
  ~MappedElf() { ::munmap(const_cast<char*>(data_), size_); }
  MappedElf(const MappedElf&) = delete;
  MappedElf& operator=(const MappedElf&) = delete;

  std::span<const char> range(uint64_t offset, uint64_t length) const {
    if (offset > size_ || length > size_ - offset)
      throw Error(file_.string() + " is truncated: bytes " + std::to_string(offset) + "+" +
                  std::to_string(length) + " of " + std::to_string(size_));
    return {data_ + offset, length};
  }

  template <class T>
  T at(uint64_t offset) const {
    T value;
    std::memcpy(&value, range(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }

  /// Bytes of the section with that name.
  std::optional<std::span<const char>> section(std::string_view wanted) const {
    const auto header = at<Elf64_Ehdr>(0);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64)
      throw Error(file_.string() + " is not a 64-bit ELF file");
    const auto entry = [&](uint64_t i) {
      return at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr));
    };
    if (header.e_shnum == 0) return std::nullopt;
    const auto names = entry(header.e_shstrndx);
    for (uint64_t i = 0; i < header.e_shnum; ++i) {
      const auto candidate = entry(i);
      const auto text = range(names.sh_offset, names.sh_size);
      if (candidate.sh_name >= text.size()) continue;
      const size_t length = ::strnlen(&text[candidate.sh_name], text.size() - candidate.sh_name);
      if (std::string_view(&text[candidate.sh_name], length) == wanted)
        return range(candidate.sh_offset, candidate.sh_size);
    }
    return std::nullopt;
  }

 private:
  std::filesystem::path file_;
  const char* data_ = nullptr;
  size_t size_ = 0;
};

/// The descriptor of a note section: what follows its name.
std::span<const char> descriptor(std::span<const char> note, const std::filesystem::path& file) {
  Elf64_Nhdr header;
  if (note.size() < sizeof(header)) throw Error(file.string() + " has a truncated ELF note");
  std::memcpy(&header, note.data(), sizeof(header));
  const uint64_t start = sizeof(header) + ((uint64_t{header.n_namesz} + 3) & ~uint64_t{3});
  if (start > note.size() || header.n_descsz > note.size() - start)
    throw Error(file.string() + " has a truncated ELF note");
  return note.subspan(start, header.n_descsz);
}

template <size_t N>
std::string text_of(const char (&field)[N]) {
  return {field, ::strnlen(field, N)};
}

}  // namespace

PluginFile read_plugin_file(const std::filesystem::path& file) {
  const MappedElf elf(file);
  PluginFile plugin{.file = file};
  const auto note = elf.section(kNoteSection);
  if (!note)
    throw Error(file.string() + " carries no bgraph note",
                "build it with bgraph_plugin() of find_package(bgraph)");
  const auto bytes = descriptor(*note, file);
  if (bytes.size() != sizeof(AbiNote))
    throw Error(file.string() + ": bgraph note of " + std::to_string(bytes.size()) +
                    " bytes, expected " + std::to_string(sizeof(AbiNote)),
                "rebuild the plugin against this SDK");
  std::memcpy(&plugin.note, bytes.data(), sizeof(AbiNote));
  if (const auto id = elf.section(".note.gnu.build-id")) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (const char byte : descriptor(*id, file))
      plugin.build_id += {kDigits[(byte >> 4) & 15], kDigits[byte & 15]};
  }
  if (plugin.build_id.empty())
    throw Error(file.string() + " carries no build id", "link it with -Wl,--build-id=sha1");
  if (const auto manifest = elf.section(kManifestSection))
    plugin.manifest.assign(manifest->data(), manifest->size());
  return plugin;
}

std::vector<std::string> abi_differences(const AbiNote& host, const AbiNote& plugin) {
  if (plugin.version != host.version)
    return {"note version is " + std::to_string(plugin.version) + ", this bgraph reads " +
            std::to_string(host.version) + "; rebuild the plugin against this SDK"};
  std::vector<std::string> differences;
  const auto compare = [&](const char* field, const std::string& ours, const std::string& theirs,
                           const char* fix) {
    if (ours != theirs)
      differences.push_back(std::string(field) + " is '" + theirs + "', this bgraph has '" + ours +
                            "'; " + fix);
  };
  compare("SDK version", text_of(host.sdk), text_of(plugin.sdk), "rebuild the plugin");
  compare("compiler", text_of(host.compiler), text_of(plugin.compiler), "use the same compiler");
  compare("C++ standard", text_of(host.cxx_standard), text_of(plugin.cxx_standard),
          "compile with the same -std");
  compare("string ABI", text_of(host.string_abi), text_of(plugin.string_abi),
          "compile with the same _GLIBCXX_USE_CXX11_ABI");
  compare("library debug mode", text_of(host.debug_mode), text_of(plugin.debug_mode),
          "use the same _GLIBCXX_ASSERTIONS and _GLIBCXX_DEBUG");
  compare("sanitizer", text_of(host.sanitizer), text_of(plugin.sanitizer),
          "use the same -fsanitize");
  compare("LibTorch", text_of(host.libtorch), text_of(plugin.libtorch),
          "build against the same LibTorch");
  compare("CUDA flavour", text_of(host.cuda), text_of(plugin.cuda),
          "build against the same LibTorch");
  compare("SDK headers", text_of(host.sdk_headers), text_of(plugin.sdk_headers),
          "rebuild the plugin against the installed SDK");
  return differences;
}

std::string plugin_name(const AbiNote& note) { return text_of(note.plugin); }

}  // namespace bgraph
