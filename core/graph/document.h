// A TOML file as our own tree: every key and every value keeps file, line and column.
//
// The TOML library is known to document.cpp alone; the rest of core sees Value.
#pragma once

#include <bgraph/core/graph/problem.h>
#include <bgraph/sdk/contract/manifest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph::graph {

struct Entry;

/// One TOML value. Tables keep the order of the file.
struct Value {
  enum class Kind { scalar, list, table };
  Kind kind = Kind::table;
  Json scalar;                 // kind scalar: text, integer, number or boolean; dates are text
  std::vector<Value> items;    // kind list
  std::vector<Entry> entries;  // kind table
  Span span;
  std::string layer;  // "" as the file has it, "profile paper", "--set clusters.k=64"

  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  const Entry* entry(std::string_view key) const;
  Entry* entry(std::string_view key);
  void erase(std::string_view key);

  bool is_text() const { return kind == Kind::scalar && scalar.is_string(); }
  bool is_table() const { return kind == Kind::table; }
  std::string text() const { return scalar.get<std::string>(); }

  Json json() const;
  /// Where the value was written: "full.toml:12:3", "profile paper in full.toml:80:1", "--set k=64".
  std::string origin() const;
};

struct Entry {
  std::string key;
  Span span;  // of the key
  Value value;
};

/// Parses a file and keeps its text for quoting. `file` is spelled as people should see it.
/// WrongGraph with the one problem when the file cannot be read or is not TOML.
Value read_document(const std::filesystem::path& file, Sources& sources);

/// A single value in TOML syntax; words without quotes are text. Error when it is neither.
Value parse_value(const std::string& text);

}  // namespace bgraph::graph
