#include "run_fixture.h"

#include <bgraph/core/run/read_record.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::run;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a record written and read is the same record", "[run][read_record]") {
  World world;
  world.options.command_line = {"bgraph", "run", "test.toml"};
  const RunRecord record = world.run(graph_of({node("a", "test.make", {{"text", "x"}}), node("b", "test.join", {}, {"a"}),
                                               node("bad", "test.make", {{"act", "fail"}}), node("c", "test.join", {}, {"bad"})}));
  const RunRecord read = read_record(record.folder, world.catalogue);
  CHECK(to_json(read) == to_json(record));
  CHECK(read.cells[0].nodes == record.cells[0].nodes);
  CHECK(read.exit_code() == 1);
}

TEST_CASE("a run is found by name or folder, and a near name is suggested", "[run][read_record]") {
  World world;
  const RunRecord record = world.run(graph_of({node("a", "test.make")}));
  CHECK(find_run("run", world.options.runs) == record.folder);
  CHECK(find_run(record.folder.string(), "elsewhere") == record.folder);
  try {
    find_run("rum", world.options.runs);
    FAIL("a run that is not there was found");
  } catch (const Error& error) {
    CHECK(error.fix() == "did you mean 'run'?");
  }
  store::write_whole(world.options.runs / "odd/manifest.json", "[]");
  CHECK_THROWS_WITH(read_manifest(world.options.runs / "odd"), ContainsSubstring("is no manifest of a run"));
}
