// A graph file is anything a person or a broken editor writes: problems are told, never a crash, a hang or another
// exception than WrongGraph.
#include <bgraph/core/graph/check.h>
#include <bgraph/core/graph/write.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "memory_folder.h"

namespace {

using namespace bgraph;

/// A few node types, so that the check goes past "no plugin offers".
const registry::Catalogue& catalogue() {
  static const registry::Catalogue made = [] {
    NodeSpec brains{.type = "io.toy_brains"};
    brains.outputs = {{.name = "train", .type = "Betas", .split = "train"}, {.name = "test", .type = "Betas", .split = "test"}};
    brains.params = {{.name = "subjects", .kind = ParamKind::integer, .fallback = 3, .minimum = 1}};
    NodeSpec clusters{.type = "clusters.gmm"};
    clusters.inputs = {{.name = "table", .type = "Betas", .dims = {"N", "V"}, .list = true, .fits = true}};
    clusters.outputs = {{.name = "v2c", .type = "ClusterMap", .dims = {"V"}}};
    clusters.params = {{.name = "k", .kind = ParamKind::integer, .fallback = 8, .minimum = 1}};
    NodeSpec command{.type = "external.command"};
    command.declares_ports = true;
    command.params = {{.name = "takes", .kind = ParamKind::texts, .fallback = Json::array()}, {.name = "gives", .kind = ParamKind::texts}};
    registry::Catalogue found;
    found.add({"fuzz", "1", {brains, clusters, command}, {}, {}}, "fuzz.so", "0");
    return found;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::filesystem::path file = memory_path(".toml");
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const auto checked = graph::load(file, catalogue(), {});
    graph::write_resolved(checked);
    graph::spell(checked.problems, checked.sources);
  } catch (const graph::WrongGraph&) {
  }
  std::filesystem::remove(file);
  return 0;
}
