// The rows of a batch that one process of several works on, and the random numbers that belong to them.
//
// Numbers are drawn for the whole batch whatever the number of processes, so that a row sees the same dropout and
// the same noise wherever it is computed:
//
//   const RowScope scope(mine);          // rows [begin, begin + count) of `total`
//   rng.normal({mine.count, 7});         // those rows of normal({mine.total, 7}); as many numbers are used up
//
// Inside a scope every tensor drawn on this thread has the rows first: a multiple of `count` in its first
// dimension (tokens of rows flattened into it are fine), or it is an Error. Single numbers are drawn as ever.
#pragma once

#include <cstdint>

namespace bgraph {

struct RowShare {
  int64_t begin = 0;
  int64_t count = 0;
  int64_t total = 0;
  int64_t ranks = 1;  // how many processes share them; 1 = each does all

  bool whole() const { return count == total; }
  /// What a mean over these rows weighs where the means of all processes are averaged: 1 for equal shares.
  double weight() const { return static_cast<double>(count * ranks) / static_cast<double>(total); }
};

class RowScope {
 public:
  explicit RowScope(const RowShare& share);
  ~RowScope();
  RowScope(const RowScope&) = delete;
  RowScope& operator=(const RowScope&) = delete;

  /// Which rows of the batch a tensor of `count` rows is: those of the scope, or all.
  static RowShare rows(int64_t count);

 private:
  RowShare before_;
};

}  // namespace bgraph
