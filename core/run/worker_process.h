// One worker process: started with the environment its libraries read at load time, talked to over a
// socket, its output read through a pipe, ended with its whole group.
#pragma once

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/contract/unit.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace bgraph::run {

struct WorkerSettings {
  std::filesystem::path program;  // bgraph-worker
  int64_t threads = 1;
};

class WorkerProcess {
 public:
  /// Starts the program with the frame socket on descriptor 3. It dies with this process, and its group
  /// is its own, so that Ctrl-C in the terminal reaches control alone. Error if it cannot be started.
  explicit WorkerProcess(const WorkerSettings& settings);
  ~WorkerProcess();  // kills the group
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  pid_t pid() const { return pid_; }
  int socket() const { return socket_; }
  int output() const { return output_; }  // its stdout and stderr, non-blocking

  /// Sends a frame, or nothing if it is gone.
  void send(const Json& frame) const;
  void give(const Unit& unit);  // with its components if it does not know them
  void signal(int number) const;  // to its whole group
  /// Resident memory of its own, MiB: files it has mapped unchanged do not count.
  double memory_mib() const;
  /// The wait status once it has ended; waits up to `seconds`.
  std::optional<int> ended(double seconds = 0);
  /// Once it has: how, for people, and whether the kernel ended it for want of memory.
  std::string end_text() const;
  bool ran_out_of_memory() const;

 private:
  pid_t pid_ = -1;
  int socket_ = -1, output_ = -1;
  std::shared_ptr<const ComponentFiles> components_;  // those of the last unit
  std::optional<int> status_;
  std::optional<int64_t> ended_before_;  // for want of memory
};

/// How a process ended, for people: "SIGSEGV (Segmentation fault)", "exit code 3".
std::string describe_end(int wait_status);

}  // namespace bgraph::run
