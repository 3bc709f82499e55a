// NumPy's .npz: a ZIP of .npy members, beyond 4 GiB too (ZIP64). Stored members are mapped, deflated ones inflated.
//
//   end record, ZIP64 end record and locator -> central directory -> local header + name + extra -> data
//
// Sizes and offsets come from the central directory alone (NumPy writes placeholders into local headers); the CRC-32 of what is
// inflated is checked, and a member that claims more than 1032 times its packed size is refused before memory is taken.
// Source: APPNOTE.TXT 6.3, sections 4.3 and 4.5.3.
#pragma once


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
  struct Member {
    uint64_t packed = 0, size = 0, local = 0;
    uint32_t crc = 0;
    uint16_t method = 0;
  };
  const Member& member(const std::string& name) const;
  size_t data_of(const Member& member, const std::string& name) const;  // where its bytes begin
  std::string label(const std::string& name) const { return path_ + " (" + name + ")"; }

  std::string path_;
  std::shared_ptr<MappedFile> file_;
  std::map<std::string, Member> members_;
};

}  // namespace bgraph::io
