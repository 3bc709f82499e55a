#include <bgraph/core/import/convert.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

namespace bgraph::import {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostGrowth = 4;  // tied weights are written once per name; more is a trick

bool is_contiguous(const FoundTensor& tensor) {
  int64_t expected = 1;
  for (size_t i = tensor.sizes.size(); i-- > 0;) {
    if (tensor.sizes[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.sizes[i];
  }
  return true;
}

/// Writes the elements row by row, whatever order they have in their storage.
class Writer {
 public:
  explicit Writer(const fs::path& file) : file_(file), out_(file, std::ios::binary | std::ios::trunc) { require(); }

  void text(std::string_view text) { raw(text.data(), text.size()); }

  void tensor(const FoundTensor& tensor) {
    const size_t width = static_cast<size_t>(dtype_bits(tensor.dtype)) / 8;
    uint64_t count = 1;
    for (const int64_t size : tensor.sizes) count *= static_cast<uint64_t>(size);
    const std::byte* base = tensor.storage.data() + static_cast<size_t>(tensor.offset) * width;
    if (count == 0) return;
    if (is_contiguous(tensor)) return raw(base, count * width);
    std::vector<int64_t> index(tensor.sizes.size());
    int64_t at = 0;  // of this index, in elements from the base
    buffer_.clear();
    for (uint64_t i = 0; i < count; ++i) {
      const auto* element = reinterpret_cast<const char*>(base + static_cast<size_t>(at) * width);
      buffer_.insert(buffer_.end(), element, element + width);
      if (buffer_.size() >= kBlock) flush();
      for (size_t d = index.size(); d-- > 0;) {
        at += tensor.strides[d];
        if (++index[d] < tensor.sizes[d]) break;
        at -= tensor.strides[d] * tensor.sizes[d];
        index[d] = 0;
      }
    }
    flush();
  }

  void close() {
    out_.close();
    require();
    store::sync_path(file_);
  }

 private:
  static constexpr size_t kBlock = size_t{1} << 20;

  void raw(const void* data, uint64_t bytes) {
    out_.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
    require();
  }
  void flush() {
    raw(buffer_.data(), buffer_.size());
    buffer_.clear();
  }
  void require() const {
    if (!out_) throw Error("cannot write " + file_.string() + ": " + std::strerror(errno), "is there space, and may you write there?");
  }

  fs::path file_;
  std::ofstream out_;
  std::vector<char> buffer_;
};

/// Applies the prefix. Error if nothing is left.
std::map<std::string, const FoundTensor*> chosen(const Checkpoint& checkpoint, const std::string& prefix) {
  std::map<std::string, const FoundTensor*> tensors;
  for (const auto& tensor : checkpoint.tensors)
    if (tensor.name.starts_with(prefix) && tensor.name.size() > prefix.size())
      tensors[tensor.name.substr(prefix.size())] = &tensor;
  if (tensors.empty())
    throw Error("no tensor's name begins with '" + prefix + "'; the first is '" + checkpoint.tensors.front().name + "'");
  return tensors;
}

void write(const fs::path& out, const std::map<std::string, const FoundTensor*>& tensors, Report& report,
           uint64_t file_size) {
  std::vector<SafetensorsEntry> entries;
  for (const auto& [name, tensor] : tensors) entries.push_back({name, tensor->dtype, tensor->sizes});
  const std::string head = safetensors_prefix(entries, {{"imported_from", report.container + ", " + report.holds}});
  report.bytes = entries.back().end - head.size();
  if (report.bytes > kMostGrowth * file_size)
    throw Error("its tensors share their numbers so often that " + std::to_string(file_size) + " bytes would become " +
                std::to_string(report.bytes));
  const fs::path draft = out.string() + ".draft-" + std::to_string(::getpid());
  try {
    Writer writer(draft);
    writer.text(head);
    for (const auto& entry : entries) writer.tensor(*tensors.at(entry.name));
    writer.close();
    fs::rename(draft, out);
  } catch (...) {
    std::error_code ignored;
    fs::remove(draft, ignored);
    throw;
  }
}

}  // namespace

Report convert(const Request& request) {
  if (fs::is_directory(request.file)) throw Error(request.file.string() + " is a folder, expected a PyTorch file");
  const MappedFile mapped(request.file);
  const Checkpoint checkpoint = read_checkpoint(mapped.bytes(), request.file.string(), request.selection);
  const auto tensors = chosen(checkpoint, request.prefix);
  Report report{.container = checkpoint.container, .holds = checkpoint.holds, .taken = checkpoint.taken,
                .left = checkpoint.left, .tensors = tensors.size(),
                .outside = checkpoint.tensors.size() - tensors.size()};
  write(request.out, tensors, report, mapped.bytes().size());
  return report;
}

}  // namespace bgraph::import
