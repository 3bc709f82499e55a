#include <bgraph/core/run/run_folder.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

constexpr char kUnfinished[] = ".unfinished";

fs::path unfinished(const fs::path& runs, const std::string& name) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
    throw Error("--name '" + name + "' is no folder name", "use letters, digits, '_' and '-'");
  const fs::path folder = fs::absolute(runs) / kUnfinished;
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) store::fail_writing(folder, problem.value());
  store::sweep_dead(folder);
  return folder;
}

}  // namespace

void sweep_unfinished(const fs::path& runs) {
  try {
    store::sweep_dead(fs::absolute(runs) / kUnfinished);
  } catch (const Error&) {  // folders that are only read
  }
}

RunFolder::RunFolder(const fs::path& runs, const std::string& name)
    : target_(fs::absolute(runs) / name), temporary_(unfinished(runs, name), name),
      path_(temporary_.path() / name) {
  std::error_code problem;
  fs::create_directory(path_, problem);
  if (problem) store::fail_writing(path_, problem.value());
}

void RunFolder::publish() {
  if (std::rename(path_.c_str(), target_.c_str()) == 0) return;  // no earlier run of this name
  if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) store::fail_writing(target_, errno);
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) return;
  // A file system without exchange: the earlier run steps aside first.
  const fs::path aside = temporary_.path() / "earlier";
  if (std::rename(target_.c_str(), aside.c_str()) != 0 || std::rename(path_.c_str(), target_.c_str()) != 0)
    store::fail_writing(target_, errno);
}

}  // namespace bgraph::run
