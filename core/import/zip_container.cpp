#include <bgraph/core/import/container.h>
#include <bgraph/core/import/pickle.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/zip_archive.h>

#include <map>
#include <string_view>

namespace bgraph::import {

namespace {

constexpr std::string_view kPickle = "data.pkl";

struct Archive {
  std::map<std::string, ZipMember> members;
  std::string root;  // "NAME/"
};

/// Finds the folder that data.pkl lies in.
Archive open_archive(Bytes file, const std::string& name) {
  Archive archive{.members = zip_members(file, name), .root = {}};
  bool found = false, program = false;
  for (const auto& [member, content] : archive.members) {
    const size_t slash = member.find('/');
    const std::string_view inner = std::string_view(member).substr(slash == std::string::npos ? 0 : slash + 1);
    program = program || inner.starts_with("code/");
    if (inner != kPickle) continue;
    if (found) throw Error(name + " holds more than one data.pkl");
    found = true;
    archive.root = member.substr(0, member.size() - kPickle.size());
  }
  if (program)
    throw Error(name + " is a TorchScript archive: a program, whose weights belong to its code",
                "io.load_torchscript runs it, if the graph allows code; or save its state_dict()");
  if (!found) throw Error(name + " is a zip archive, but none that PyTorch wrote: it holds no data.pkl");
  return archive;
}

/// The bytes of a member, as they were written.
Bytes intact(const Archive& archive, const std::string& inner, const std::string& name) {
  const std::string member = archive.root + inner;
  const auto found = archive.members.find(member);
  if (found == archive.members.end()) throw Error(name + " lacks its member '" + member + "'");
  require_intact(found->second, name + ", " + member);
  return found->second.bytes;
}

bool is_little(Bytes byte_order) {
  return std::string_view(reinterpret_cast<const char*>(byte_order.data()), byte_order.size()) == "little";
}

}  // namespace

Contents read_zip(Bytes file, const std::string& name, Arena& arena, Rebuild& rebuild) {
  Archive archive = open_archive(file, name);
  if (const auto order = archive.members.find(archive.root + "byteorder");
      order != archive.members.end() && !is_little(order->second.bytes))
    throw Error(name + " holds big-endian numbers");
  size_t length = 0;
  Record* value = read_pickle(intact(archive, std::string(kPickle), name), name + ", " + archive.root + "data.pkl", arena,
                              rebuild, length);
  return {.container = "zip", .value = value, .storage = [archive = std::move(archive), name](const std::string& key) {
            return intact(archive, "data/" + key, name);
          }};
}

}  // namespace bgraph::import
