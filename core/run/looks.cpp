#include <bgraph/core/run/looks.h>

#include <bgraph/core/run/stamp.h>
#include <bgraph/core/store/durable.h>

#include <set>
#include <sstream>

namespace bgraph::run {

void note_looks(RunRecord& record, const store::Store& store) {
  if (!record.final_scores) return;
  const auto file = store.root() / "looks.jsonl";
  std::set<std::string> titles;
  for (const auto& cell : record.cells) {
    const auto& settings = cell.graph.settings;
    titles.insert(settings.title);
    for (const auto& target : settings.final_targets) {
      const auto node = cell.nodes.find(target);
      if (node == cell.nodes.end()) continue;
      for (const auto& [port, digest] : record.nodes[node->second].outputs)
        store::append_line(file, Json{{"date", utc_now()},
                                      {"graph", settings.title},
                                      {"run", record.name},
                                      {"node", target + "." + port},
                                      {"digest", digest.hex()}}
                                     .dump());
    }
  }
  if (!std::filesystem::exists(file)) return;
  std::istringstream lines(store::read_text(file));
  for (std::string line; std::getline(lines, line);) {
    const Json look = Json::parse(line, nullptr, false);
    if (look.is_object() && titles.count(look.value("graph", "")) > 0) ++record.looks;
  }
}

}  // namespace bgraph::run
