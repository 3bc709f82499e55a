#include "webdataset.h"

namespace bgraph::io {

namespace {

/// "a/b.c.d" -> "a/b", "c.d"
std::pair<std::string, std::string> stem_and_field(const std::string& name) {
  const size_t base = name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1, dot = name.find('.', base);
  return dot == std::string::npos ? std::pair(name, std::string()) : std::pair(name.substr(0, dot), name.substr(dot + 1));
}

}  // namespace

bool Webdataset::next(WebSample& sample) {
  sample = {};
  while (!ended_) {
    if (!ahead_ && !archive_.next()) {
      ended_ = true;
      break;
    }
    ahead_ = true;
    auto [stem, field] = stem_and_field(archive_.name());
    if (!sample.fields.empty() && stem != sample.key) return true;
    if (sample.fields.count(field)) throw wrong_file(path_, "field '" + printable(field) + "' of '" + printable(stem) + "'", "there once", "there twice");
    sample.key = stem;
    sample.fields[field] = archive_.content(most_);
    ahead_ = false;
  }
  return !sample.fields.empty();
}

}  // namespace bgraph::io
