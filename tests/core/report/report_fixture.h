// A finished run made up for the report: values in a store of its own, a record that tells of them.
#pragma once

#include "../scratch.h"

#include <bgraph/core/run/record.h>

#include <string>
#include <vector>

namespace bgraph::report {

class ReportWorld {
 public:
  ReportWorld();

  /// A run of eight nodes: two galleries' worth of pictures, scores, curves, a warning, a failed node. `images` =
  /// rows of the gallery. Names hold what HTML must not swallow: a node is called "<script>".
  run::RunRecord record(int64_t images) const;

  const std::filesystem::path& root() const { return scratch_.path; }
  Digest publish(const std::string& type, const Json& meta,
                 const std::vector<std::pair<std::string, std::string>>& files) const;
  Digest publish_table(const Json& table) const;

 private:
  Scratch scratch_;
};

/// A table of three methods: one metric with interval and chance, one where lower is better, one value missing.
Json scores_table();

}  // namespace bgraph::report
