#include <bgraph/core/worker/parent.h>

#include <signal.h>
#include <unistd.h>

namespace bgraph::worker {

void leave_with_children() {
  if (::getpgrp() == ::getpid()) ::kill(0, SIGKILL);  // a group that somebody else leads is not ours to kill
  ::_exit(128 + SIGTERM);
}

void die_with_parent() {
  struct sigaction action {};
  action.sa_handler = [](int) { leave_with_children(); };  // system calls only
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace bgraph::worker
