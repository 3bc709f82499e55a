// How processes that a test started ended: their exit code, or minus the signal that killed them.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

namespace bgraph {

/// Of a wait status.
inline int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

/// Of a child, once it has.
inline int end_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return exit_code(status);
}

/// Of a line of shell.
inline int shell(const std::string& line) { return exit_code(std::system(line.c_str())); }

}  // namespace bgraph
