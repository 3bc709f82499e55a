// Asking a run to end.
//
//   Ctrl-C                    once: nodes write a checkpoint and stop; twice: cancelled; thrice: killed
//   SIGTERM, SIGUSR1, SIGHUP  what batch systems and closing terminals send: as one Ctrl-C however often they
//                             come, and the run ends with kRequeue, so that a job script can submit itself again
#pragma once

#include <signal.h>

namespace bgraph::run {

/// Exit code of a run that was stopped from outside and goes on when started again (EX_TEMPFAIL of sysexits.h).
inline constexpr int kRequeue = 75;

/// While it lives, the signals are counted instead of ending the process. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  int count() const;        // how strongly it was asked: 1 = stop, 2 = cancel, 3 = kill
  bool requeue() const;     // by a batch system
  int descriptor() const;   // readable after a signal, until `count` has been called

 private:
  struct sigaction before_[4];
};

/// From here on SIGTERM and SIGUSR1 end this process with kRequeue at once, except while an Interrupt counts
/// them. For the time before and after the nodes run: no instant is a bad one to be ended at.
void leave_when_asked();

}  // namespace bgraph::run
