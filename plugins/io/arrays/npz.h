// NumPy's .npz: a zip archive of .npy members. Stored members are mapped, deflated ones inflated.
//
// The archive is read as sdk/contract/zip_archive.h says: sizes and offsets come from the central directory alone (NumPy
// writes placeholders into local headers). The CRC-32 of what is inflated is checked, and a member that claims more than
// 1032 times its packed size is refused before memory is taken.
#pragma once

#include <bgraph/sdk/contract/zip_archive.h>
#include <bgraph/sdk/data/npy.h>

#include <map>
#include <memory>

namespace bgraph::io {

class Npz {
 public:
  explicit Npz(const std::string& path);

  std::vector<std::string> names() const;  // without ".npy"
  bool holds(const std::string& name) const { return members_.count(name) > 0; }
  /// Error naming the arrays there are if there is none of that name.
  at::Tensor array(const std::string& name) const;
  /// A stored (not deflated) member as a reference for reading rows.
  ArrayRef reference(const std::string& name) const;

 private:
  const ZipMember& member(const std::string& name) const;
  size_t begin_of(const ZipMember& member) const { return static_cast<size_t>(member.bytes.data() - file_->bytes().data()); }
  std::string label(const std::string& name) const { return path_ + " (" + name + ")"; }

  std::string path_;
  std::shared_ptr<MappedFile> file_;
  std::map<std::string, ZipMember> members_;
};

}  // namespace bgraph::io
