#include "run_fixture.h"

#include <bgraph/core/run/interrupt.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

using namespace bgraph;
using namespace bgraph::run;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a run computes every node once and a second run does nothing", "[run][execute]") {
  World world;
  const auto graph = graph_of({node("a", "test.make", {{"text", "x"}}), node("b", "test.join", {}, {"a"}),
                               node("c", "test.join", {{"text", "y"}}, {"a", "b"})});
  const RunRecord first = world.run(graph);
  REQUIRE(first.exit_code() == 0);
  REQUIRE(first.count(Outcome::ran) == 3);
  REQUIRE(world.text(named(first, "c").outputs.at("out")) == "yxx");
  REQUIRE(named(first, "a").profile["threads"] == "1");

  const RunRecord second = world.run(graph);
  REQUIRE(second.count(Outcome::hit) == 3);
  REQUIRE(second.workers == 0);
  REQUIRE(named(second, "c").outputs == named(first, "c").outputs);
  REQUIRE(world.told("node_done") == 3);  // the folder still tells of the run that did something

  world.options.name = "another";
  const RunRecord third = world.run(graph);
  REQUIRE(third.workers == 0);
  REQUIRE(named(third, "a").warnings == std::vector<std::string>{"made by the fake worker"});
}

TEST_CASE("a crashed worker is told with node, signal and last lines while independent branches finish",
          "[run][execute]") {
  World world;
  const RunRecord record = world.run(
      graph_of({node("bad", "test.make", {{"act", "crash"}}), node("needs_bad", "test.join", {}, {"bad"}),
                node("needs_that", "test.join", {}, {"needs_bad"}), node("good", "test.make"),
                node("after_good", "test.join", {{"text", "z"}}, {"good"})}));
  REQUIRE(record.exit_code() == 1);
  REQUIRE(named(record, "bad").outcome == Outcome::failed);
  REQUIRE_THAT(named(record, "bad").error, ContainsSubstring("SIGSEGV") && ContainsSubstring("last words") &&
                                               ContainsSubstring("about to crash"));
  REQUIRE(named(record, "needs_bad").outcome == Outcome::blocked);
  REQUIRE(named(record, "needs_that").outcome == Outcome::blocked);
  REQUIRE(named(record, "after_good").outcome == Outcome::ran);
  const Json capsule = Json::parse(store::read_text(record.folder / "capsules" / "bad.json"));
  REQUIRE(capsule["unit"]["params"]["act"] == "crash");
}

TEST_CASE("a worker that hangs, talks nonsense or leaves fails its node alone", "[run][execute]") {
  const auto [act, reason] = GENERATE(table<std::string, std::string>({
      {"hang", "timeout_s"},
      {"garbage", "not JSON"},
      {"nonsense", "dance"},
      {"exit", "exit code 3"},
      {"fail", "it was asked to fail"},
      {"empty", "without its output 'out'"},
  }));
  CAPTURE(act);
  World world;
  world.options.workers = 1;
  auto bad = node("bad", "test.make", {{"act", act}});
  if (act == "hang") bad.timeout_s = 1;
  const RunRecord record = world.run(graph_of({bad, node("good", "test.make", {{"text", act}})}));
  REQUIRE(named(record, "bad").outcome == Outcome::failed);
  REQUIRE_THAT(named(record, "bad").error, ContainsSubstring(reason));
  REQUIRE(named(record, "good").outcome == Outcome::ran);
}

TEST_CASE("a map node resumes at the chunks it lacks", "[run][execute]") {
  World world;
  world.options.workers = 1;
  const std::string eight_rows = "0\n1\n2\n3\n4\n5\n6\n7\n";
  const auto rows = node("rows", "test.make", {{"text", eight_rows}});
  const RunRecord broken = world.run(graph_of({rows, node("map", "test.map", {{"trap", 6}}, {"rows"})}));
  REQUIRE(named(broken, "map").outcome == Outcome::failed);
  REQUIRE(world.told("unit_started") == 4);  // rows; [0,3), [3,6), [6,8)

  const RunRecord whole = world.run(graph_of({rows, node("map", "test.map", {}, {"rows"})}));
  REQUIRE(named(whole, "map").outcome == Outcome::ran);
  REQUIRE(named(whole, "map").chunks == 3);
  REQUIRE(world.told("unit_started") == 2);  // [6,8) and the one that gathers
  REQUIRE(world.text(named(whole, "map").outputs.at("out")) ==
          "row 0\nrow 1\nrow 2\nrow 3\nrow 4\nrow 5\nrow 6\nrow 7\n");
  REQUIRE(named(whole, "map").seconds == 4 * 0.125);  // three chunks and the gathering; exact in binary
}

TEST_CASE("a map node with fewer rows than a chunk is one unit", "[run][execute]") {
  World world;
  const RunRecord record = world.run(
      graph_of({node("rows", "test.make", {{"text", "0\n1\n"}}), node("map", "test.map", {}, {"rows"})}));
  REQUIRE(named(record, "map").chunks == 0);
  REQUIRE(world.told("unit_started") == 2);
}

TEST_CASE("a change that gives the same bytes stops there", "[run][execute]") {
  World world;
  const auto with = [](const std::string& text) {
    return graph_of({node("a", "test.make", {{"text", text}}), node("first", "test.first", {}, {"a"}),
                     node("end", "test.join", {}, {"first"})});
  };
  REQUIRE(world.run(with("hello")).count(Outcome::ran) == 3);
  plan::Plan plan = world.plan(with("howdy"));
  REQUIRE(plan.steps[2].state == plan::State::after);
  const RunRecord record = world.run(plan);
  REQUIRE(named(record, "first").outcome == Outcome::ran);
  REQUIRE(named(record, "end").outcome == Outcome::hit);
}

TEST_CASE("a damaged value is computed again", "[run][execute]") {
  World world;
  const auto graph = graph_of({node("a", "test.make", {{"text", "precious"}})});
  const Digest digest = named(world.run(graph), "a").outputs.at("out");
  const auto file = world.store.value_folder(digest) / "text.txt";
  std::filesystem::permissions(file, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  SECTION("cut short") { std::filesystem::resize_file(file, 3); }
  SECTION("of the right size with a flipped bit") { std::fstream(file) << "Precious"; }
  SECTION("gone") { std::filesystem::remove_all(world.store.value_folder(digest)); }
  const plan::Plan plan = world.plan(graph);
  REQUIRE(plan.steps[0].state == plan::State::run);
  REQUIRE_THAT(plan.steps[0].why, ContainsSubstring("missing or damaged"));
  REQUIRE(world.run(graph).exit_code() == 0);
  REQUIRE(world.text(digest) == "precious");
  REQUIRE(world.store.verify(digest).empty());
}

TEST_CASE("graphs that share work do it once", "[run][execute]") {
  World world;
  const auto cell = [](const std::string& text) {
    return graph_of({node("shared", "test.make", {{"text", "s"}}),
                     node("own", "test.join", {{"text", text}}, {"shared"})});
  };
  plan::Plan plan = plan::make({{"p", cell("1")}, {"q", cell("2")}, {"r", cell("2")}}, world.catalogue,
                               world.store, world.plan_options);
  REQUIRE(plan.steps.size() == 3);
  const RunRecord record = world.run(plan);
  REQUIRE(record.exit_code() == 0);
  REQUIRE(world.told("unit_started") == 3);
  REQUIRE(record.cells[1].nodes.at("own") == record.cells[2].nodes.at("own"));
  REQUIRE(world.text(named(record, "p/own").outputs.at("out")) == "1s");
}

TEST_CASE("steps that turn out to have one key run once", "[run][execute]") {
  World world;  // different text, same first letter: equal from there on, known only while running
  const RunRecord record = world.run(
      graph_of({node("a", "test.make", {{"text", "tea"}}), node("b", "test.make", {{"text", "tee"}}),
                node("fa", "test.first", {}, {"a"}), node("fb", "test.first", {}, {"b"}),
                node("ea", "test.join", {{"act", "nap"}}, {"fa"}),
                node("eb", "test.join", {{"act", "nap"}}, {"fb"})}));
  REQUIRE(record.exit_code() == 0);
  REQUIRE(named(record, "ea").key == named(record, "eb").key);
  REQUIRE(record.count(Outcome::hit) == 1);
}

TEST_CASE("two processes that share a store compute a key once", "[run][execute]") {
  World world;
  const auto graph = graph_of({node("slow", "test.make", {{"act", "nap"}})});
  const pid_t other = ::fork();
  if (other == 0) {
    World* theirs = &world;
    theirs->options.name = "theirs";
    ::_exit(theirs->run(graph).exit_code());
  }
  const RunRecord record = world.run(graph);
  int status = -1;
  ::waitpid(other, &status, 0);
  REQUIRE(status == 0);
  REQUIRE(record.exit_code() == 0);
  const int mine = world.told("unit_started");
  world.options.name = "theirs";
  REQUIRE(mine + world.told("unit_started") == 1);
}

TEST_CASE("a run with nothing to do sweeps what one that was killed at its very end has left", "[run][execute]") {
  namespace fs = std::filesystem;
  const World world;
  const auto graph = graph_of({node("a", "test.make")});
  const RunRecord record = world.run(graph);
  const fs::path unfinished = world.store.root() / "unfinished", finished = unfinished / named(record, "a").key / "1",
                 goes_on = unfinished / std::string(64, 'f') / "1";
  for (const auto& checkpoint : {finished, goes_on}) fs::create_directories(checkpoint);
  const fs::path places[] = {world.store.temporary_root(), world.options.runs / ".unfinished"};
  const pid_t killed = ::fork();
  if (killed == 0) {
    for (const auto& place : places) new store::TemporaryFolder(place, "left");
    ::_exit(0);
  }
  ::waitpid(killed, nullptr, 0);
  const auto folders = [](const fs::path& place) {
    return std::count_if(fs::directory_iterator(place), {}, [](const auto& entry) { return entry.is_directory(); });
  };
  for (const auto& place : places) REQUIRE(folders(place) == 1);
  REQUIRE(world.run(graph).count(Outcome::hit) == 1);
  for (const auto& place : places) CHECK(folders(place) == 0);
  CHECK_FALSE(fs::exists(finished.parent_path()));
  CHECK(fs::exists(goes_on));
}

TEST_CASE("a signal lets nodes stop, keeps what is finished and leaves no worker", "[run][execute]") {
  const auto [signal, exit_code] = GENERATE(
      table<int, int>({{SIGINT, 130}, {SIGTERM, kRequeue}, {SIGUSR1, kRequeue}, {SIGHUP, kRequeue}}));
  CAPTURE(signal);
  World world;
  std::filesystem::create_directories(world.options.runs / ".unfinished");
  std::thread finger([&, signal = signal] {
    const auto journal = world.options.runs / ".unfinished";
    // Sent once the waiting node has been heard of.
    for (bool working = false; !working; ::usleep(5000))
      for (const auto& entry : std::filesystem::recursive_directory_iterator(journal))
        if (entry.path().filename() == "journal.jsonl")
          working = store::read_text(entry.path()).find("progress") != std::string::npos;
    ::kill(::getpid(), signal);
  });
  const RunRecord record = world.run(graph_of({node("done", "test.make"), node("long", "test.join", {{"act", "wait"}}, {"done"}),
                                               node("next", "test.join", {}, {"long"})}));
  finger.join();
  REQUIRE(record.exit_code() == exit_code);
  REQUIRE(named(record, "done").outcome == Outcome::ran);
  REQUIRE(named(record, "long").outcome == Outcome::cancelled);
  REQUIRE(named(record, "next").outcome == Outcome::cancelled);
  REQUIRE(::waitpid(-1, nullptr, WNOHANG) == -1);  // no child is left
}

TEST_CASE("workers die with the process that started them", "[run][execute]") {
  World world;
  const auto working = [&] {  // workers of this test, by the program they run
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::error_code gone;
      if (std::filesystem::read_symlink(entry.path() / "exe", gone) == world.options.worker) ++count;
    }
    return count;
  };
  world.options.worker = world.scratch.path / "its_own_worker";
  std::filesystem::copy_file(FAKE_WORKER, world.options.worker);
  const pid_t control = ::fork();
  if (control == 0) {
    world.run(graph_of({node("a", "test.make", {{"act", "hang"}}), node("b", "test.make", {{"act", "wait"}})}));
    ::_exit(0);
  }
  while (working() < 2) ::usleep(5000);
  ::kill(control, SIGKILL);
  ::waitpid(control, nullptr, 0);
  for (int patience = 0; working() > 0 && patience < 1000; ++patience) ::usleep(5000);
  REQUIRE(working() == 0);
  // And the same command goes on without a flag.
  REQUIRE(world.run(graph_of({node("a", "test.make")})).exit_code() == 0);
}

TEST_CASE("a worker that cannot be started is one clear error", "[run][execute]") {
  World world;
  world.options.worker = world.scratch.path / "absent";
  REQUIRE_THROWS_WITH(world.run(graph_of({node("a", "test.make")})), ContainsSubstring("worker program"));
}

TEST_CASE("tables of all nodes are in metrics.json, also of a run that did nothing", "[run][execute]") {
  World world;
  world.catalogue = fake_catalogue("Table");
  const auto graph = graph_of({node("scores", "test.make", {{"act", "table"}})});
  world.run(graph);
  world.options.name = "again";
  const RunRecord again = world.run(graph);
  REQUIRE(again.count(Outcome::hit) == 1);
  const Json own = {{"mean", {{"pixcorr", 0.25}}}};
  REQUIRE(Json::parse(store::read_text(again.folder / "metrics.json")) == Json{{"scores", own}});

  plan::Plan both = plan::make({{"p", graph}, {"q", graph}}, world.catalogue, world.store, {});
  const RunRecord joint = world.run(both);
  REQUIRE(Json::parse(store::read_text(joint.folder / "metrics.json")) ==
          Json{{"p/scores", own}, {"q/scores", own}});
  REQUIRE(Json::parse(store::read_text(joint.folder / "cells" / "q" / "metrics.json")) == Json{{"scores", own}});
}

TEST_CASE("a folder whose writer failed is published, told of, and written again next time", "[run][execute]") {
  World world;
  const auto graph = graph_of({node("a", "test.make")});
  int calls = 0;
  world.options.writers = {[&](const RunRecord&) {
    if (++calls == 1) throw Error("no ink");
  }};
  REQUIRE_THROWS_WITH(world.run(graph), "no ink");
  REQUIRE(std::filesystem::exists(world.options.runs / "run" / "manifest.json"));
  world.run(graph);
  world.run(graph);
  REQUIRE(calls == 2);
}

TEST_CASE("test scores are left out without --final, and counted with it", "[run][execute]") {
  World world;
  auto graph = graph_of({node("data", "test.make"), node("validation", "test.join", {}, {"data"}),
                         node("only_for_test", "test.make", {{"text", "t"}}),
                         node("test", "test.join", {}, {"data", "only_for_test"})});
  graph.settings.final_targets = {"test", "only_for_test"};  // one look, however many tables it shows
  const RunRecord usual = world.run(graph);
  REQUIRE(usual.nodes.size() == 2);
  REQUIRE(usual.looks == 0);
  world.options.final_scores = world.plan_options.demand.final_scores = true;
  REQUIRE(world.run(graph).looks == 1);
  world.options.name = "second_look";
  REQUIRE(world.run(graph).looks == 2);
}

TEST_CASE("with fail_fast the first failure stops what runs and starts nothing more", "[run][execute]") {
  World world;
  world.options.fail_fast = true;
  const auto graph = graph_of({node("bad", "test.make", {{"act", "fail"}}), node("long", "test.make", {{"act", "wait"}}),
                               node("next", "test.make", {{"text", "later"}})});
  const RunRecord record = world.run(graph);
  REQUIRE(record.exit_code() == 1);
  REQUIRE_FALSE(record.interrupted);
  REQUIRE(named(record, "bad").outcome == Outcome::failed);
  REQUIRE(named(record, "long").outcome == Outcome::cancelled);
  REQUIRE(named(record, "next").outcome == Outcome::cancelled);
}
