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
    Json seen = Json::object();
    for (const auto& target : settings.final_targets)
      if (const auto node = cell.nodes.find(target); node != cell.nodes.end())
        for (const auto& [port, digest] : record.nodes[node->second].outputs) seen[target + "." + port] = digest.hex();
    if (seen.empty()) continue;
    const Json look = {{"date", utc_now()}, {"graph", settings.title}, {"run", record.name}, {"seen", seen}};
    store::append_line(file, look.dump());
  }
  if (!std::filesystem::exists(file)) return;
  std::istringstream lines(store::read_text(file));
  for (std::string line; std::getline(lines, line);) {
    const Json look = Json::parse(line, nullptr, false);
    if (look.is_object() && titles.count(look.value("graph", "")) > 0) ++record.looks;
  }
}

}  // namespace bgraph::run
