// A run as people see it, on stderr.
//   terminal      one live line per running node (done/total, rate, time left, loss) and a total
//   anything else dated lines: start and end of every node, and every 15 s how far it is
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/happening.h>

#include <cstdio>
#include <map>
#include <string>

namespace bgraph::run {

class Progress {
 public:
  Progress(const plan::Plan& plan, int workers, bool terminal, std::FILE* out = stderr);
  ~Progress();  // takes the live lines away

  void note(const Happening& happening);

 private:
  struct Line {  // a running node
    double start_s = 0, done = 0, total = 0, reported_s = 0;
    std::string note, loss;
    int units = 0;
  };

  std::string describe(const std::string& name, const Line& line, double now) const;
  std::string total_line(double now) const;
  double left(const Line& line, double now, double expected_s) const;
  void say(const std::string& text);  // a line that stays
  void redraw(double now);
  void erase();

  const plan::Plan& plan_;
  int workers_;
  bool terminal_;
  std::FILE* out_;
  std::map<size_t, Line> running_;
  std::map<size_t, bool> over_;
  int drawn_ = 0;         // live lines on the screen
  double drawn_s_ = -1;
};

/// "12 of 40, 3.4/s, 8 s left": the part of a line that follows from counts.
std::string rate_text(double done, double total, double seconds);

}  // namespace bgraph::run
