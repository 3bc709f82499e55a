#include <bgraph/core/store/user_temporary.h>

#include <bgraph/core/store/temporary.h>
#include <bgraph/sdk/contract/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace bgraph::store {

std::filesystem::path user_temporary() {
  constexpr char kFix[] = "set TMPDIR to a folder you may write to";
  std::error_code problem;
  const auto parent = std::filesystem::temp_directory_path(problem);
  if (problem) throw Error("there is no temporary folder: " + problem.message(), kFix);
  const auto folder = parent / ("bgraph-" + std::to_string(::getuid()));
  ::mkdir(folder.c_str(), S_IRWXU);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) throw Error("cannot write to " + folder.string(), kFix);
  sweep_dead(folder);
  return folder;
}

}  // namespace bgraph::store
