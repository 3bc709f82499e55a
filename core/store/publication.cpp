#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/store.h>
#include <bgraph/core/store/value_check.h>
#include <bgraph/sdk/contract/error.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

/// Makes a value as young as one made now, for a collection that is about to decide (lease.h). False if one has
/// taken it. Where somebody else's folder may not be touched, it stays as old as it was.
bool renew(const Store& store, const Digest& digest) {
  const FileLock gate = keep_all(store.root());
  const fs::path folder = store.value_folder(digest);
  ::utimensat(AT_FDCWD, folder.c_str(), nullptr, 0);
  return fs::exists(folder);
}

}  // namespace

Publication::Publication(const Store& store, const std::string& label)
    : store_(store), temporary_(store.temporary_root(), label), folder_(temporary_.path() / "value") {
  std::error_code problem;
  fs::create_directory(folder_, problem);
  if (problem) fail_writing(folder_, problem.value());
}

Digest Publication::publish(const ValueHeader& header) {
  const Digest digest = header.digest();
  if (const std::string problem = size_problem(folder_, header); !problem.empty())
    throw Error("a value was not written whole: " + problem);
  write_whole(folder_ / kValueFile, to_json(header).dump(1));  // synced with the rest
  seal_tree(folder_);

  const fs::path target = store_.value_folder(digest);
  std::error_code problem;
  fs::create_directories(target.parent_path(), problem);
  if (problem) fail_writing(target.parent_path(), problem.value());
  // A second try only when a damaged value of that name had to be put out of the way.
  for (int attempt = 0; attempt < 2; ++attempt) {
    // Folders and names are not synced: the record that will tell of the value is, later. A value that a power cut takes
    // before is one that is not there, and is computed again.
    if (std::rename(folder_.c_str(), target.c_str()) == 0) return digest;
    if (errno != EEXIST && errno != ENOTEMPTY) fail_writing(target, errno);
    // Somebody made it already: theirs stays, if every byte of it is right. It may be here because it was not.
    if (store_.verify(digest).empty() && renew(store_, digest)) return digest;
    store_.discard(digest);
  }
  throw Error("value " + digest.brief() + " could not be put into " + target.string());
}

}  // namespace bgraph::store
