// The `bgraph` binary as a user meets it: exit codes, and what goes to which stream. It runs from a
// folder of its own, beside a worker that only carries a note, so that no plugin of the build is needed.
#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

struct Answer {
  int code = 0;
  std::string out, err;
};

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class Installed {
 public:
  Installed() {
    std::string pattern = (fs::temp_directory_path() / "bgraph-test-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("no scratch folder");
    root = pattern;
    fs::create_directories(root / "bin");
    fs::create_directories(root / "plugins");
    fs::copy_file(BGRAPH_BINARY, root / "bin/bgraph");
    fs::copy_file(FAKE_WORKER, root / "bin/bgraph-worker");
    fs::copy_file(fs::path(FAKE_PLUGINS) / "a.so", root / "plugins/a.so");
  }
  ~Installed() { fs::remove_all(root); }

  Answer run(const std::string& words) const {
    const std::string command = "cd " + root.string() +
                                " && env -u BGRAPH_PLUGIN_PATH -u BGRAPH_STORE " +
                                "BGRAPH_CACHE=cache bin/bgraph " + words + " >out 2>err";
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), text_of(root / "out"), text_of(root / "err")};
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root / name, std::ios::binary) << text;
  }

  fs::path root;
};

}  // namespace

TEST_CASE("a right graph is one line on stdout and code 0", "[core][cli][check]") {
  const Installed bgraph;
  bgraph.write("g.toml", "[nodes.a]\ntype = \"fake.a\"\n");
  const Answer answer = bgraph.run("check g.toml");
  CHECK(answer.code == 0);
  CHECK(answer.out == "g.toml: right, 1 node\n");
  CHECK(answer.err.empty());
}

TEST_CASE("a wrong graph is code 2, everything on stderr", "[core][cli][check]") {
  const Installed bgraph;
  bgraph.write("g.toml", "[nodes.a]\ntype = \"fake.b\"\nk = 1\n[nodes.b]\n");
  const Answer answer = bgraph.run("check g.toml");
  CHECK(answer.code == 2);
  CHECK(answer.out.empty());
  CHECK_THAT(answer.err, ContainsSubstring("g.toml:2:8: error: node 'a'"));
  CHECK_THAT(answer.err, ContainsSubstring("did you mean 'fake.a'?"));
  CHECK_THAT(answer.err, ContainsSubstring("g.toml: 2 errors\n"));
  CHECK(bgraph.run("check nowhere.toml").code == 2);
  CHECK(bgraph.run("check").code == 2);
  CHECK(bgraph.run("chek g.toml").code == 2);
  CHECK(bgraph.run("--help").code == 0);
}

TEST_CASE("graph writes pictures and the resolved text", "[core][cli][graph]") {
  const Installed bgraph;
  bgraph.write("g.toml", "[nodes.a]\ntype = \"fake.a\"\n");
  CHECK_THAT(bgraph.run("graph g.toml").out, ContainsSubstring("</svg>"));
  CHECK_THAT(bgraph.run("graph g.toml --dot").out, ContainsSubstring("digraph"));
  CHECK_THAT(bgraph.run("graph g.toml --mermaid").out, ContainsSubstring("flowchart"));
  CHECK(bgraph.run("graph g.toml -o picture.svg").out.empty());
  CHECK_THAT(text_of(bgraph.root / "picture.svg"), ContainsSubstring("</svg>"));
  CHECK(bgraph.run("graph g.toml --dot --svg").code == 2);
}

TEST_CASE("--resolved shows a wrong graph too, and says that it is wrong", "[core][cli][graph]") {
  const Installed bgraph;
  bgraph.write("g.toml", "[nodes.a]\ntype = \"fake.a\"\nk = 1\n");
  const Answer answer = bgraph.run("graph g.toml --resolved");
  CHECK(answer.code == 2);
  CHECK_THAT(answer.out, ContainsSubstring("k = 1"));
  CHECK_THAT(answer.err, ContainsSubstring("no parameter 'k'"));
}

TEST_CASE("inspect lists, describes and suggests", "[core][cli][inspect]") {
  const Installed bgraph;
  CHECK_THAT(bgraph.run("inspect").out, ContainsSubstring("fake.a"));
  CHECK_THAT(bgraph.run("inspect fake.a").out, ContainsSubstring("a.so"));
  CHECK_THAT(bgraph.run("inspect fake.a --json").out, ContainsSubstring("\"build_id\""));
  const Answer unknown = bgraph.run("inspect fake.b");
  CHECK(unknown.code == 1);
  CHECK_THAT(unknown.err, ContainsSubstring("did you mean 'fake.a'?"));
}

TEST_CASE("a rejected plugin is one line on stderr and stops nothing", "[core][cli]") {
  const Installed bgraph;
  bgraph.write("g.toml", "[nodes.a]\ntype = \"fake.a\"\n");
  bgraph.write("plugins/text.so", "no library");
  const Answer answer = bgraph.run("check g.toml");
  CHECK(answer.code == 0);
  CHECK(answer.err == "warning: 1 of 2 plugins rejected: text.so (reasons: bgraph doctor)\n");
  CHECK(bgraph.run("check g.toml --plugins plugins/text.so").code == 1);
  const Answer doctor = bgraph.run("doctor");
  CHECK(doctor.code == 1);
  CHECK_THAT(doctor.out, ContainsSubstring("accepted  1 plugins with 1 nodes"));
  CHECK_THAT(doctor.out, ContainsSubstring("plugins/text.so\n          "));
}

TEST_CASE("the control binary links no LibTorch", "[core][cli]") {
  const std::string command = std::string("ldd ") + BGRAPH_BINARY + " | grep -q -i -e torch -e c10";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 1);
}

}  // namespace bgraph::cli
