// What went wrong, where, and how to put it right: the one error type on both sides of the contract.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph {

/// A position in a text file; line and column count from 1, 0 = unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  /// "graph.toml:41:7"; only as much of it as is known.
  std::string str() const;
};

/// Thrown by libraries, printed by `core/cli` alone.
///   message  what is wrong, with the expected and the found value
///   fix      how to put it right (may be empty)
///   place    where in a file the cause stands (may be empty)
/// Going up, an error gains context and keeps its place.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string message, std::string fix = {}, Place place = {});

  /// Adds "while ..." context, innermost first, and returns *this for rethrowing.
  Error& during(std::string context);

  const std::string& fix() const { return fix_; }
  const Place& place() const { return place_; }
  const std::vector<std::string>& context() const { return context_; }

  /// Everything on several lines: place, message, context, fix.
  std::string full() const;

 private:
  std::string fix_;
  Place place_;
  std::vector<std::string> context_;
};

/// Shapes that do not fit each other.
class ShapeError : public Error {
  using Error::Error;
};

/// The candidate nearest to `word` by edit distance, or "" when none is near enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean 'epsilon'?" or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace bgraph
