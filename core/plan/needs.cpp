#include <bgraph/core/plan/needs.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

namespace bgraph::plan {

namespace {

constexpr double kMiB = 1024.0 * 1024.0;

double bytes_of(const ValueHeader& header) {
  double bytes = 0;
  for (const auto& tensor : header.tensors) {
    double elements = 1;
    for (const int64_t size : tensor.shape) elements *= static_cast<double>(size);
    bytes += elements * dtype_bits(tensor.dtype) / 8;
  }
  for (const auto& file : header.files) bytes += static_cast<double>(file.bytes);
  return bytes;
}

/// Recursive descent; a name that is not known yet makes the whole value unknown.
class Reader {
 public:
  Reader(const std::string& text, const Needs& needs) : text_(text), needs_(needs) {}

  std::optional<double> whole() {
    const double value = sum();
    if (peek() != '\0') fail("expected an operator");
    return known_ ? std::optional(value) : std::nullopt;
  }

 private:
  double sum() {
    double value = product();
    for (char sign = peek(); sign == '+' || sign == '-'; sign = peek()) {
      ++at_;
      const double other = product();
      value = sign == '+' ? value + other : value - other;
    }
    return value;
  }

  double product() {
    double value = atom();
    for (char sign = peek(); sign == '*' || sign == '/'; sign = peek()) {
      ++at_;
      const double other = atom();
      value = sign == '*' ? value * other : value / other;
    }
    return value;
  }

  double atom() {
    const char next = peek();
    if (next == '(') {
      if (++depth_ > 64) fail("too many parentheses");
      ++at_;
      const double value = sum();
      if (peek() != ')') fail("expected ')'");
      ++at_, --depth_;
      return value;
    }
    if (std::isdigit(static_cast<unsigned char>(next)) || next == '.') return number();
    if (std::isalpha(static_cast<unsigned char>(next)) || next == '_') return name();
    fail("expected a number, a name or '('");
  }

  double number() {
    char* end = nullptr;
    const double value = std::strtod(text_.c_str() + at_, &end);
    if (end == text_.c_str() + at_) fail("expected a number");
    at_ = static_cast<size_t>(end - text_.c_str());
    return value;
  }

  double name() {
    const size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    const std::string word = text_.substr(begin, at_ - begin);
    if (word == "items") return known(needs_.items);
    if (word == "input_mib") return known(needs_.input_mib);
    const auto param = needs_.params.find(word);
    if (param == needs_.params.end() || !param->is_number())
      fail("'" + word + "' is no number parameter, `items` or `input_mib`");
    return param->get<double>();
  }

  double known(const std::optional<double>& value) {
    if (!value) known_ = false;
    return value.value_or(0);
  }

  char peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error("declared memory \"" + text_ + "\": " + reason + " at character " + std::to_string(at_ + 1));
  }

  const std::string& text_;
  const Needs& needs_;
  size_t at_ = 0;
  int depth_ = 0;
  bool known_ = true;
};

}  // namespace

Needs needs_of(const Plan& plan, const Step& step, const store::Store& store) {
  Needs needs{step.params, std::nullopt, 0.0, {0, 0}};
  const PortSpec* map = step.offer->spec.map_input();
  for (const auto& [port, digests] : input_digests(plan, step))
    for (const auto& digest : digests) {
      const ValueHeader header = store.open(digest);
      const double mib = bytes_of(header) / kMiB;
      const bool split = map && map->name == port;
      const auto items = split ? header.meta.value("items", int64_t{0}) : 0;
      const int64_t chunk = step.offer->spec.map_chunk;
      const int64_t seen = chunk > 0 ? std::min(items, chunk) : items;
      *needs.input_mib += mib;
      needs.input_size.unit_mib += items > 0 ? mib * static_cast<double>(seen) / static_cast<double>(items) : mib;
      if (split && !needs.items) needs.items = static_cast<double>(seen);
    }
  needs.input_size.mib = *needs.input_mib;
  return needs;
}

std::optional<double> memory_mib(const std::string& expression, const Needs& needs) {
  return Reader(expression, needs).whole();
}

}  // namespace bgraph::plan
