#include "selection.h"

#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>

namespace bgraph::io {

namespace {

/// Which columns, when only those inside a set may be chosen: what `top` is asked within.   [columns] bool -> [columns] bool
using Choice = std::function<at::Tensor(const at::Tensor& within)>;

bool matches(std::string_view key, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return key == pattern;
  if (key.substr(0, star) != pattern.substr(0, star)) return false;
  for (size_t at = star; at <= key.size(); ++at)
    if (matches(key.substr(at), pattern.substr(star + 1))) return true;
  return false;
}

at::Tensor largest(const at::Tensor& value, int64_t count, const at::Tensor& within) {
  const at::Tensor candidates = within.logical_and(value.isnan().logical_not()).nonzero().flatten();
  const at::Tensor order = value.index_select(0, candidates).argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  at::Tensor chosen = at::zeros_like(within);
  return chosen.index_fill_(0, candidates.index_select(0, order.slice(0, 0, count)), 1);
}

/// Recursive descent over the text; nesting is bounded by the text's length, which is bounded too.
class Parser {
 public:
  Parser(const BData& data, const std::string& text) : data_(data), text_(text) {
    if (text_.size() > 1024) throw Error("the selection has " + std::to_string(text_.size()) + " letters, expected at most 1024");
  }

  Choice whole() {
    const Choice choice = conditional();
    if (!at_end()) throw wrong("an operator: | & + - @");
    return choice;
  }

 private:
  Choice conditional() {
    const Choice chosen = combined();
    if (!take('@')) return chosen;
    const Choice condition = conditional();
    return [=](const at::Tensor& within) {
      const at::Tensor inside = condition(within).logical_and(within);
      return chosen(inside).logical_and(inside);
    };
  }

  Choice combined() {
    Choice left = term();
    for (;;) {
      skip_blanks();
      const char sign = at_end() ? '\0' : text_[at_];
      if (sign != '|' && sign != '&' && sign != '+' && sign != '-') return left;
      ++at_;
      left = [sign, first = left, second = term()](const at::Tensor& within) {
        const at::Tensor a = first(within), b = second(within);
        return sign == '&' ? a.logical_and(b) : sign == '-' ? a.logical_and(b.logical_not()) : a.logical_or(b);
      };
    }
  }

  Choice term() {
    if (take('(')) {
      const Choice inside = conditional();
      if (!take(')')) throw wrong("')'");
      return inside;
    }
    const std::vector<at::Tensor> rows = keyed_rows();
    if (take_word("top")) {
      if (rows.size() != 1) throw wrong("one key before 'top', not " + std::to_string(rows.size()));
      const double count = number();
      if (count < 1 || count != static_cast<double>(static_cast<int64_t>(count))) throw wrong("a whole number above 0 behind 'top'");
      return [row = rows[0], count](const at::Tensor& within) { return largest(row, static_cast<int64_t>(count), within); };
    }
    const double wanted = take('=') ? number() : 1.0;
    at::Tensor equal = at::zeros({data_.data().size(1)}, at::kBool);
    for (const auto& row : rows) equal = equal.logical_or(row.eq(wanted));  // NaN equals nothing
    return [equal](const at::Tensor&) { return equal; };
  }

  /// Rows of the table that the next word names: one, or all that fit its '*'.
  std::vector<at::Tensor> keyed_rows() {
    skip_blanks();
    std::string longest;
    for (const auto& key : data_.keys())
      if (key.size() > longest.size() && text_.compare(at_, key.size(), key) == 0 && ends_at(at_ + key.size())) longest = key;
    if (!longest.empty()) return at_ += longest.size(), std::vector<at::Tensor>{data_.row(longest)};
    const size_t begin = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    const std::string word = text_.substr(begin, at_ - begin);
    if (word.empty()) throw wrong("a key of the metadata");
    if (word.find('*') == std::string::npos) return {data_.row(word)};  // says what there is
    std::vector<at::Tensor> rows;
    for (const auto& key : data_.keys())
      if (matches(key, word)) rows.push_back(data_.row(key));
    if (rows.empty()) throw Error(printable(data_.path()) + ": no key of the metadata fits '" + printable(word) + "'");
    return rows;
  }

  double number() {
    skip_blanks();
    double value = 0;
    const auto [end, problem] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (problem != std::errc()) throw wrong("a number");
    at_ = static_cast<size_t>(end - text_.data());
    return value;
  }

  static bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '*' || (c & 0x80); }
  bool ends_at(size_t place) const { return place >= text_.size() || !is_letter(text_[place]); }
  bool at_end() { return skip_blanks(), at_ >= text_.size(); }
  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(char sign) { return !at_end() && text_[at_] == sign ? (++at_, true) : false; }
  bool take_word(std::string_view word) {
    if (at_end() || text_.compare(at_, word.size(), word) != 0 || !ends_at(at_ + word.size())) return false;
    return at_ += word.size(), true;
  }

  Error wrong(const std::string& expected) const {
    const std::string rest = text_.substr(std::min(at_, text_.size()), 20);
    return Error("selection '" + printable(text_) + "': expected " + expected + " at letter " + std::to_string(at_ + 1) + ", found " +
                 (rest.empty() ? "the end" : "'" + printable(rest) + "'"));
  }

  const BData& data_;
  std::string text_;
  size_t at_ = 0;
};

}  // namespace

at::Tensor selected_columns(const BData& data, const std::string& expression) {
  const Choice choice = Parser(data, expression).whole();
  return choice(at::ones({data.data().size(1)}, at::kBool)).nonzero().flatten();
}

}  // namespace bgraph::io
