#include <bgraph/core/worker/parent.h>

#include <signal.h>
#include <unistd.h>

namespace bgraph::worker {

void leave_with_children() {
  if (::getpgrp() == ::getpid()) ::kill(0, SIGKILL);  // a group that somebody else leads is not ours to kill
  ::_exit(128 + SIGTERM);
}

void die_with_parent() {
  static const pid_t s_parent = ::getppid();
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* signal, void*) {  // system calls only
    if (signal->si_pid == s_parent || ::getppid() != s_parent) leave_with_children();
  };
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGUSR1, SIG_IGN);
}

}  // namespace bgraph::worker
