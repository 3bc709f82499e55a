// Tables of text: .tsv and .csv with a header row. Columns are addressed by name, never by position.
//
// Quotes as in RFC 4180 (a comma or tab inside "..." is content, "" is a quote), CRLF or LF, a byte order mark is skipped.
// Numbers: NaN, nan, n/a and an empty cell are NaN; anything else that is no number is an Error naming file, line and column.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace bgraph::io {

struct TextTable {
  std::string path;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  bool has(const std::string& column) const;
  std::vector<std::string> texts(const std::string& column) const;
  at::Tensor numbers(const std::string& column) const;   // [N] double, NaN = missing
  at::Tensor integers(const std::string& column) const;  // [N] int64; Error for missing or fractional ones

 private:
  size_t index_of(const std::string& column) const;
};

/// `separator` 0 = tab for .tsv and .txt, comma otherwise.
TextTable read_text_table(const std::string& path, char separator = 0);

}  // namespace bgraph::io
