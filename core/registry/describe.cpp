#include <bgraph/core/registry/describe.h>

#include <bgraph/sdk/contract/error.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

extern char** environ;

namespace bgraph::registry {

namespace {

constexpr auto kPatience = std::chrono::seconds(60);

/// The two ends of a pipe, closed on every way out.
struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error(std::string("no pipe: ") + std::strerror(errno));
    read = ends[0], write = ends[1];
  }
  ~Pipe() { ::close(read), close_write(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_write() {
    if (write >= 0) ::close(write);
    write = -1;
  }
};

/// Appends what is there. False at the end of the stream.
bool take(int fd, std::string& text) {
  char block[65536];
  const ssize_t count = ::read(fd, block, sizeof(block));
  if (count < 0 && errno == EINTR) return true;
  if (count > 0) text.append(block, static_cast<size_t>(count));
  return count > 0;
}

/// Reads both streams to their ends. False when that takes longer than we wait.
bool drain(int out_fd, int err_fd, std::string& out, std::string& err) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  pollfd streams[2] = {{out_fd, POLLIN, 0}, {err_fd, POLLIN, 0}};
  std::string* texts[2] = {&out, &err};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    if (::poll(streams, 2, static_cast<int>(left.count())) < 0 && errno != EINTR) return false;
    for (int i = 0; i < 2; ++i)
      if (streams[i].revents != 0 && !take(streams[i].fd, *texts[i])) streams[i].fd = -1;
  }
  return true;
}

/// The last non-empty line of what a child said.
std::string last_words(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t line = text.rfind('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

Manifest parse_manifest(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw Error("its manifest is not JSON", "rebuild the plugin");
  return manifest_from_json(json);
}

}  // namespace

std::string describe_in_child(const std::filesystem::path& worker,
                              const std::filesystem::path& plugin) {
  Pipe out, err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write, STDERR_FILENO);
  std::string program = worker.string(), verb = "--describe", file = plugin.string();
  char* arguments[] = {program.data(), verb.data(), file.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw Error(fmt::format("cannot start {}: {}", program, std::strerror(failed)));
  out.close_write(), err.close_write();

  std::string text, words;
  const bool in_time = drain(out.read, err.read, text, words);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!in_time) throw Error(fmt::format("describing it took longer than {} s", kPatience.count()));
  if (WIFSIGNALED(status))
    throw Error(fmt::format("describing it ended with signal {} ({})", WTERMSIG(status),
                            ::strsignal(WTERMSIG(status))));
  if (WEXITSTATUS(status) != 0)
    throw Error(fmt::format("describing it failed with code {}: {}", WEXITSTATUS(status),
                            last_words(words)));
  return text;
}

std::filesystem::path cache_folder() {
  // BGRAPH_CACHE: folder for what can be computed again; here, manifests of plugins without one.
  if (const char* named = std::getenv("BGRAPH_CACHE")) return named;
  // XDG_CACHE_HOME: the user's cache folder, ~/.cache by default.
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    return std::filesystem::path(cache) / "bgraph";
  // HOME: the user's home; without one, nothing is remembered beyond the temporary folder.
  if (const char* home = std::getenv("HOME")) return std::filesystem::path(home) / ".cache/bgraph";
  return std::filesystem::temp_directory_path() / "bgraph";
}

Manifest manifest_of(const PluginFile& plugin, const std::filesystem::path& worker,
                     const std::filesystem::path& cache) {
  if (!plugin.manifest.empty()) return parse_manifest(plugin.manifest);
  const auto remembered = cache / "manifests" / (plugin.build_id + ".json");
  if (std::ifstream in(remembered, std::ios::binary); in) {
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    try {
      return parse_manifest(text);
    } catch (const Error&) {
      // Damaged, or of an older contract: described again below.
    }
  }
  const std::string text = describe_in_child(worker, plugin.file);
  const Manifest manifest = parse_manifest(text);
  // Remembering is a convenience: a read-only or full cache folder must not stop anything.
  std::error_code ignored;
  std::filesystem::create_directories(remembered.parent_path(), ignored);
  const auto unfinished = remembered.string() + "." + std::to_string(::getpid());
  if (std::ofstream(unfinished, std::ios::binary) << text)
    std::filesystem::rename(unfinished, remembered, ignored);
  return manifest;
}

}  // namespace bgraph::registry
