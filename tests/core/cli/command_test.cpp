// The `bgraph` binary as a user meets it: exit codes, and what goes to which stream.
#include "installed.h"

#include <sstream>

namespace bgraph::cli {

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
  const Answer misspelt = bgraph.run("chek g.toml");
  CHECK(misspelt.code == 2);
  CHECK(misspelt.err == "bgraph has no verb 'chek'\n  fix: did you mean 'check'?\n");
  CHECK(bgraph.run("store lss").err == "bgraph store has no verb 'lss'\n  fix: did you mean 'ls'?\n");
  CHECK(bgraph.run("check g.toml --profil tiny").err == "bgraph check has no option '--profil'\n  fix: did you mean '--profile'?\n");
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

TEST_CASE("every verb has help with examples, and the program tells its exit codes", "[core][cli]") {
  const Installed bgraph;
  const Answer help = bgraph.run("--help");
  CHECK_THAT(help.out, ContainsSubstring("Exit codes: 0 done; 1 something failed; 2 wrong graph or command line;"));
  const Answer verbs = bgraph.run("complete -- ''");
  std::istringstream lines(verbs.out);
  int count = 0;
  for (std::string verb; std::getline(lines, verb); ++count) {
    const Answer answer = bgraph.run(verb + " --help");
    INFO(verb);
    CHECK(answer.code == 0);
    CHECK_THAT(answer.out, ContainsSubstring("Examples:\n"));
    CHECK_THAT(answer.out, ContainsSubstring("bgraph " + verb));
  }
  CHECK(count >= 16);
}

TEST_CASE("check counts the cells of a sweep and finds a wrong graph on its axis", "[core][cli][check]") {
  const Installed bgraph;
  bgraph.write("a.toml", "[nodes.a]\ntype = \"fake.a\"\n");
  bgraph.write("b.toml", "[nodes.a]\ntype = \"fake.a\"\n");
  bgraph.write("s.toml", "extends = \"a.toml\"\n[sweep]\ngraphs = [\"a.toml\", \"b.toml\"]\nseeds = [0, 1, 2]\n");
  CHECK(bgraph.run("check s.toml").out == "s.toml: right, 1 node, 6 cells\n");
  bgraph.write("b.toml", "[nodes.a]\ntype = \"fake.b\"\n");
  const Answer answer = bgraph.run("check s.toml");
  CHECK(answer.code == 2);
  CHECK_THAT(answer.err, ContainsSubstring("b.toml:2:8: error: node 'a'"));
  bgraph.write("w.toml", "extends = \"a.toml\"\n[sweep]\nseeds = [0, 1]\nbaseline = \"b\"\n");
  const Answer baseline = bgraph.run("check w.toml");
  CHECK(baseline.code == 1);
  CHECK_THAT(baseline.err, ContainsSubstring("the baseline 'b' is none of its cells"));
}

TEST_CASE("completion knows verbs, options, node types, nodes of the graph and their parameters", "[core][cli][completion]") {
  const Installed bgraph;
  bgraph.write("g.toml", "[nodes.one]\ntype = \"fake.a\"\n[nodes.other]\ntype = \"fake.a\"\n[profiles.paper.graph]\nseed = 1\n");
  fs::create_directories(bgraph.root / "runs/full");
  bgraph.write("runs/full/manifest.json", "{}");
  const auto after = [&](const std::string& words) { return bgraph.run("complete -- " + words).out; };
  CHECK(after("sc") == "schema\n");
  CHECK(after("store ver") == "verify\n");
  CHECK(after("plan g.toml --js") == "--json\n");
  CHECK(after("inspect fake.") == "fake.a\n");
  CHECK(after("run g.toml --only o") == "one\nother\n");
  CHECK(after("run g.toml --profile ''") == "paper\n");
  CHECK(after("run g.toml --precision float6") == "float64\n");
  CHECK(after("report f") == "full\n");
  CHECK(after("completion z") == "zsh\n");
  CHECK(after("run ''").empty());  // the shell's own file names
  CHECK(after("run nothing.toml --only ''").empty());
}

TEST_CASE("shells complete through the script they are given", "[core][cli][completion]") {
  const Installed bgraph;
  for (const char* shell : {"bash", "zsh", "fish"}) CHECK_THAT(bgraph.run(std::string("completion ") + shell).out, ContainsSubstring("complete"));
  CHECK(bgraph.run("completion tcsh").code == 1);

  bgraph.write("try.bash",
               "source <(bin/bgraph completion bash)\n"
               "COMP_WORDS=(bin/bgraph inspect fak) COMP_CWORD=2\n_bgraph\necho \"${COMPREPLY[*]}\"\n");
  bgraph.write("try.fish", "bin/bgraph completion fish | source\ncomplete -C 'bin/bgraph inspect fak'\n");
  // zsh completes at a prompt alone: one on a terminal of its own, where Tab is pressed. What it adds to "fak" is "e.a".
  bgraph.write("try.zsh", R"(zmodload zsh/zpty zsh/zselect
wait_for() {
  local part text
  for i in {1..300}; do
    while zpty -r shell part 2>/dev/null; do text+=$part; done
    [[ $text == *$1* ]] && return
    zselect -t 10
  done
  print -r -- "no $1 in $text"
  exit 1
}
export TERM=dumb
zpty -b shell zsh -f -i
zpty -w shell 'PS1=; unsetopt beep; autoload -Uz compinit; compinit -D -u; source <(bin/bgraph completion zsh); print SET" "UP'
wait_for 'SET UP'
zpty -w -n shell $'bin/bgraph inspect fak\t'
wait_for 'e.a'
print fake.a
)");
  for (const std::string shell : {"bash", "fish --no-config", "zsh -f"}) {
    const std::string name = shell.substr(0, shell.find(' '));
    if (std::system((name + " --version >/dev/null 2>&1").c_str()) != 0) {
      WARN("there is no " + name + " here: its completion was not tried");
      continue;
    }
    INFO(name);
    const std::string command =
        "cd " + bgraph.root.string() + " && BGRAPH_CACHE=cache HOME=$PWD " + shell + " try." + name + " > out 2>err";
    CHECK(std::system(command.c_str()) == 0);
    CHECK(text_of(bgraph.root / "out") == "fake.a\n");
  }
}

TEST_CASE("schema makes a folder ready for editors", "[core][cli][schema]") {
  const Installed bgraph;
  CHECK_THAT(bgraph.run("schema").out, ContainsSubstring("\"http://json-schema.org/draft-04/schema#\""));
  fs::create_directories(bgraph.root / "graphs");
  CHECK(bgraph.run("schema --taplo graphs").code == 0);
  CHECK_THAT(text_of(bgraph.root / "graphs/.taplo.toml"), ContainsSubstring("path    = \"./bgraph.schema.json\""));
  CHECK_THAT(text_of(bgraph.root / "graphs/bgraph.schema.json"), ContainsSubstring("\"fake.a\""));
}

TEST_CASE("new starts a graph that is right and a plugin, and writes over nothing", "[core][cli][new]") {
  const Installed bgraph;
  CHECK(bgraph.run("new graph g.toml fake.a fake.a").code == 0);
  CHECK(bgraph.run("check g.toml").out == "g.toml: right, 2 nodes\n");
  CHECK(bgraph.run("new graph k.toml --extends g.toml").code == 0);
  CHECK(bgraph.run("check k.toml").code == 0);
  const Answer again = bgraph.run("new graph g.toml fake.a");
  CHECK(again.code == 1);
  CHECK_THAT(again.err, ContainsSubstring("g.toml is there already"));
  CHECK_THAT(bgraph.run("new graph h.toml fake.b").err, ContainsSubstring("did you mean 'fake.a'?"));

  CHECK(bgraph.run("new plugin smooth_it").code == 0);
  CHECK_THAT(text_of(bgraph.root / "smooth_it/smooth_it.cpp"), ContainsSubstring("BGRAPH_NODE(SmoothIt, \"smooth_it.smooth_it\")"));
  CHECK_THAT(text_of(bgraph.root / "smooth_it/CMakeLists.txt"), ContainsSubstring("bgraph_plugin(smooth_it smooth_it.cpp)"));
  CHECK(bgraph.run("new plugin smooth_it").code == 1);
  CHECK_THAT(bgraph.run("new plugin Smooth").err, ContainsSubstring("'Smooth' cannot name a plugin"));
  CHECK(bgraph.run("new plugin voxels.smooth_it").code == 0);
  CHECK_THAT(text_of(bgraph.root / "tests/plugins/voxels/smooth_it_test.cpp"), ContainsSubstring("NodeRun run(\"voxels.smooth_it\")"));
}

TEST_CASE("report and diff name what is not there", "[core][cli]") {
  const Installed bgraph;
  const Answer report = bgraph.run("report full");
  CHECK(report.code == 1);
  CHECK_THAT(report.err, ContainsSubstring("there is no run 'full' in runs"));
  CHECK(bgraph.run("diff full other").code == 1);
  CHECK(bgraph.run("diff full").code == 2);
}

TEST_CASE("doctor tells what is installed and how the store is", "[core][cli][doctor]") {
  const Installed bgraph;
  const Answer answer = bgraph.run("doctor");
  CHECK(answer.code == 0);
  for (const char* fact : {"LibTorch  1.0", "cores     ", "memory    ", "device    ", "store     ", "0 values, 0 of them hashed again, 0 damaged"})
    CHECK_THAT(answer.out, ContainsSubstring(fact));
}

TEST_CASE("the control binary links no LibTorch", "[core][cli]") {
  const std::string command = std::string("ldd ") + BGRAPH_BINARY + " | grep -q -e libtorch -e libc10";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 1);
}

}  // namespace bgraph::cli
