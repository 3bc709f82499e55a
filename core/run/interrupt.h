// Ctrl-C, counted: once = checkpoint and stop, twice = cancel, thrice = kill. SIGTERM and SIGHUP count too.
#pragma once

#include <signal.h>

namespace bgraph::run {

/// While it lives, the signals are counted instead of ending the process. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  int count() const;
  int descriptor() const;  // readable after a signal, until `count` has been called

 private:
  struct sigaction before_[3];
};

}  // namespace bgraph::run
