#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

using Texts = std::vector<std::string>;

/// A node that runs this text with /bin/sh; $1 is {in}, $2 is {out}.
testing::NodeRun shell(const std::string& script, const Texts& takes, const Texts& gives) {
  testing::NodeRun run("external.command");
  run.set("command", Texts{"sh", "-c", script, "sh", "{in}", "{out}"}).set("takes", takes).set("gives", gives);
  return run;
}

Tensor numbers() { return Tensor(at::arange(6, at::kFloat).reshape({2, 3}), {"N", "V"}, "percent"); }

}  // namespace

TEST_CASE("a command reads arrays and writes an array and a table", "[external][command]") {
  auto run = shell("cp $1/x.npy $2/y.npy && printf 'row,a,note\\nfirst,1.5,\"x,y\"\\nsecond,,z\\n' > $2/t.csv",
                   {"x: Tensor"}, {"y: Tensor [N, V]", "t: Table"});
  run.in("x", numbers()).run();
  const auto y = run.out<Tensor>("y");
  CHECK(y.equal(numbers()));
  CHECK(y.dims == Texts{"N", "V"});
  const auto t = run.out<Table>("t");
  REQUIRE(t.rows.size() == 2);
  CHECK(std::get<double>(t.rows[0].cells.at("a")) == 1.5);
  CHECK(std::get<std::string>(t.rows[0].cells.at("note")) == "x,y");
  CHECK(std::isnan(std::get<double>(t.rows[1].cells.at("a"))));
}

TEST_CASE("a value of any type goes through as a folder, members of a list one by one", "[external][command]") {
  const Images images{at::full({2, 3, 4, 4}, 7, at::kByte), at::arange(2, at::kLong), at::full({2}, -1, at::kLong), "toy", "train"};
  auto run = shell("test -f $1/all.1/pixels.npy && cp -r $1/all.0 $2/out", {"all: list of Images"}, {"out: Images"});
  run.in("all", images).in("all", images).run();
  const auto out = run.out<Images>("out");
  CHECK(out.pixels.equal(images.pixels));
  CHECK(out.id_space == "toy");
  CHECK(out.split == "train");
}

TEST_CASE("script and folder are files whose place does not matter", "[external][command]") {
  const auto folder = std::filesystem::temp_directory_path() / ("bgraph-script-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "s.sh") << "cp \"$1/given.csv\" \"$2/t.csv\"; pwd; echo seed $BGRAPH_SEED\n";
  std::ofstream(folder / "given.csv") << "row,a\nx,1\n";
  testing::NodeRun run("external.command");
  run.set("command", Texts{"sh", "{script}", "{folder}", "{out}"})
      .set("script", (folder / "s.sh").string())
      .set("folder", folder.string())
      .set("seed", 5)
      .set("gives", Texts{"t: Table"})
      .run();
  CHECK(run.out<Table>("t").rows.size() == 1);
  std::filesystem::remove_all(folder);
}

TEST_CASE("what goes wrong in a command is told with its last words", "[external][command]") {
  const auto [script, reason] = GENERATE(table<std::string, std::string>({
      {"echo one; echo two >&2; exit 3", "the command ended with exit code 3\n    one\n    two"},
      {"kill -SEGV $$", "the command ended with SIGSEGV"},
      {"true", "the command ended without writing its output 'y'"},
      {"echo no > $2/y.npy", "y.npy: file is too short"},
      {"cp $1/x.npy $2/y.npy && mkdir $2/y", ""},
      {"mkdir $2/y && cp $1/x.npy $2/y/other.npy", "a Tensor lacks something"},
  }));
  auto run = shell(script, {"x: Tensor"}, {"y: Tensor"});
  run.in("x", numbers());
  if (reason.empty()) CHECK_NOTHROW(run.run());
  else CHECK_THROWS_WITH(run.run(), ContainsSubstring(reason));
}

TEST_CASE("a program that is not there, and a word that stands for nothing, are errors", "[external][command]") {
  testing::NodeRun run("external.command");
  run.set("gives", Texts{"y: Tensor"});
  run.set("command", Texts{"no-such-program-here"});
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("'no-such-program-here' could not be started"));
  run.set("command", Texts{"sh", "{script}"});
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("speaks of {script}, but 'script' is not given"));
  run.set("command", Texts{});
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("there is nothing to run"));
}

TEST_CASE("a declared array has the rank it declares, and its own values only of its type", "[external][command]") {
  auto rank = shell("cp $1/x.npy $2/y.npy", {"x: Tensor"}, {"y: Tensor [V]"});
  CHECK_THROWS_WITH(rank.in("x", numbers()).run(), ContainsSubstring("y.npy is [2, 3], 'y' is declared with 1 dims"));
  auto type = shell("true", {"x: Table"}, {"y: Tensor"});
  CHECK_THROWS_WITH(type.in("x", numbers()).run(), ContainsSubstring("input 'x' expects Table, found Tensor"));
}

TEST_CASE("a command cannot ask for more memory than it may have", "[external][command]") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("under AddressSanitizer every program reserves terabytes: not tried");
#else
  auto run = shell("ulimit -v > /dev/null && test \"$(ulimit -v)\" = 65536 && cp $1/x.npy $2/y.npy", {"x: Tensor"}, {"y: Tensor"});
  run.set("most_mib", 64).in("x", numbers());
  CHECK_NOTHROW(run.run());
#endif
}
