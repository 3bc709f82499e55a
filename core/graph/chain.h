// Reading a graph file together with all it extends, and the chosen profile laid over the result.
#pragma once

#include <bgraph/core/graph/document.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph::graph {

class Chain {
 public:
  Chain(std::string profile, Sources& sources, std::vector<Problem>& problems)
      : profile_(std::move(profile)), sources_(sources), problems_(problems) {}

  /// The document with its bases merged and the profile applied. WrongGraph if a file cannot be read.
  Value read(const std::filesystem::path& file);

  /// The same for a file named inside a graph: a problem at `span` and an empty document if it
  /// cannot be read.
  Value read_named(const std::filesystem::path& file, const Span& span);

  bool profile_found() const { return profile_found_; }
  const std::vector<std::string>& profiles_seen() const { return profiles_seen_; }
  std::vector<Problem>& problems() { return problems_; }

 private:
  Value with_bases(const std::filesystem::path& file, std::vector<std::string> chain);
  /// Lays a profile over the document, after those it extends.
  void lay(Value& document, const Value& profiles, const std::string& name, std::vector<std::string> chain);

  std::string profile_;
  Sources& sources_;
  std::vector<Problem>& problems_;
  bool profile_found_ = false;
  std::vector<std::string> profiles_seen_;
};

}  // namespace bgraph::graph
