// Kill it anywhere: SIGKILL to control, to a worker or to both, at any instant and any number of times; then the same
// command goes on without a flag and ends in the bytes of a run that nobody touched.
//
// A short number by default, hundreds with BGRAPH_SOAK=1 (`./bgraph test --soak`).
#include "killed_runs.h"

#include <bgraph/sdk/testing/catch.h>

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>

using bgraph::testing::KilledRuns;
namespace fs = std::filesystem;

namespace {

// BGRAPH_SOAK: 1 runs the long form of tests that have one.
bool soaking() { return std::getenv("BGRAPH_SOAK") != nullptr; }

constexpr int kKills = 6, kSoakKills = 300;
constexpr int kKillsPerStore = 12;

/// What one reference run gives, and how long it takes here.
struct Reference {
  std::map<std::string, bgraph::Json> outputs;
  double seconds = 0;

  Reference() {
    const KilledRuns runs;
    const auto start = std::chrono::steady_clock::now();
    const int code = runs.wait(runs.start("reference"));
    INFO(runs.text("reference.txt"));
    REQUIRE(code == 0);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    outputs = runs.outputs("reference");
  }
};

const Reference& reference() {
  static const Reference once;
  return once;
}

/// Starts the command and kills something after a random time; false if it was through before that.
bool kill_once(const KilledRuns& runs, double longest_s, std::mt19937& random) {
  const pid_t control = runs.start("killed");
  const double instant = std::uniform_real_distribution<double>(0, longest_s)(random);
  int code = 0;
  if (runs.ended_within(control, instant, code)) {
    INFO(runs.text("killed.txt"));
    REQUIRE(code == 0);
    return false;
  }
  const int victim = std::uniform_int_distribution<int>(0, 2)(random);  // control, a worker, both
  const auto workers = runs.workers();
  if (victim > 0 && !workers.empty()) ::kill(workers[random() % workers.size()], SIGKILL);
  if (victim != 1 || workers.empty()) ::kill(control, SIGKILL);
  code = runs.wait(control);
  CAPTURE(instant, victim);
  // A worker's death is told by control, which goes on with what it can: code 1, or 0 if the worker was idle.
  CHECK((victim == 1 && !workers.empty() ? code == 1 || code == 0 : code == -SIGKILL));
  CHECK(runs.workers_gone());
  return true;
}

}  // namespace

TEST_CASE("a run killed at random instants ends in the bytes of one that was not", "[graphs][kill][slow]") {
  const KilledRuns runs;
  std::mt19937 random(20250);
  for (int kills = 0; kills < (soaking() ? kSoakKills : kKills);) {
    std::map<std::string, ino_t> finished;
    for (int here = 0; here < kKillsPerStore && kills < (soaking() ? kSoakKills : kKills); ++here, ++kills) {
      if (!kill_once(runs, reference().seconds, random)) break;
      const auto now = runs.finished();
      for (const auto& [key, record] : finished) CHECK((now.count(key) == 1 && now.at(key) == record));
      finished = now;
    }
    const int code = runs.wait(runs.start("killed"));
    INFO(runs.text("killed.txt"));
    REQUIRE(code == 0);
    CHECK(runs.outputs("killed") == reference().outputs);
    for (const auto& [key, record] : finished) CHECK(runs.finished().at(key) == record);  // none ran again
    CHECK(runs.leftovers() == 0);
    runs.forget_store();
  }
}

TEST_CASE("training that was killed continues at its checkpoint, after SIGTERM too", "[graphs][kill][slow]") {
  const KilledRuns runs;
  pid_t control = runs.start("killed");
  for (int patience = 0; !runs.has_checkpoint() && patience < 60'000; ++patience) ::usleep(1000);
  REQUIRE(runs.has_checkpoint());
  SECTION("SIGKILL to everybody") {
    for (const pid_t worker : runs.workers()) ::kill(worker, SIGKILL);
    ::kill(control, SIGKILL);
    CHECK(runs.wait(control) == -SIGKILL);
  }
  SECTION("SIGTERM, as a batch system sends it, and again") {
    ::kill(control, SIGTERM);
    ::usleep(5000);
    ::kill(control, SIGTERM);
    CHECK(runs.wait(control) == 75);
  }
  SECTION("SIGUSR1") {
    ::kill(control, SIGUSR1);
    CHECK(runs.wait(control) == 75);
  }
  SECTION("Ctrl-C") {
    ::kill(control, SIGINT);
    CHECK(runs.wait(control) == 130);
  }
  CHECK(runs.workers_gone());
  REQUIRE(runs.has_checkpoint());
  REQUIRE(runs.wait(runs.start("killed")) == 0);
  CHECK(runs.text("runs/killed/log.txt").find("continuing at epoch") != std::string::npos);
  CHECK(runs.outputs("killed") == reference().outputs);
}

TEST_CASE("two runs that share a store survive each other's death", "[graphs][kill][slow]") {
  const KilledRuns runs;
  std::mt19937 random(77);
  for (int round = 0; round < (soaking() ? 50 : 1); ++round) {
    const pid_t mortal = runs.start("mortal"), survivor = runs.start("survivor");
    ::usleep(static_cast<useconds_t>(std::uniform_real_distribution<double>(0, 1e6 * reference().seconds)(random)));
    ::kill(mortal, SIGKILL);
    const int mortal_code = runs.wait(mortal), code = runs.wait(survivor);
    CHECK((mortal_code == -SIGKILL || mortal_code == 0));
    INFO(runs.text("survivor.txt"));
    REQUIRE(code == 0);
    CHECK(runs.outputs("survivor") == reference().outputs);
    CHECK(runs.workers_gone());
    runs.forget_store();
  }
}

TEST_CASE("a node runs again from its recorded inputs, finished or killed", "[graphs][kill][replay][slow]") {
  const KilledRuns runs;
  const pid_t control = runs.start("killed");
  for (int patience = 0; !runs.has_checkpoint() && patience < 60'000; ++patience) ::usleep(1000);
  REQUIRE(runs.has_checkpoint());
  for (const pid_t worker : runs.workers()) ::kill(worker, SIGKILL);
  CHECK(runs.wait(control) == 1);
  INFO(runs.text("killed.txt"));
  CHECK(runs.text("killed.txt").find("encoder: FAILED: its worker died: SIGKILL (Killed)") != std::string::npos);
  CHECK(runs.command("replay killed encoder") == 0);  // from its capsule
  CHECK(runs.text("replay.txt").find("then: its worker died: SIGKILL") != std::string::npos);
  REQUIRE(runs.wait(runs.start("killed")) == 0);
  CHECK(runs.command("replay killed encoder") == 0);  // from manifest and record
  CHECK(runs.text("replay.txt").find("as recorded") != std::string::npos);
  std::ofstream(runs.folder() / "other-gdb") << "#!/bin/sh\necho \"$@\" >words.txt\nshift 2\nexec \"$@\"\n";  // a stand-in
  fs::permissions(runs.folder() / "other-gdb", fs::perms::owner_all);
  CHECK(runs.command("replay killed encoder --debugger './other-gdb -q'") == 0);
  CHECK(runs.text("words.txt").starts_with("-q --args " + (runs.folder() / "bin/bgraph-worker").string() + " --replay "));
  CHECK(runs.text("replay.txt").find("as recorded") != std::string::npos);
  CHECK(runs.command("replay killed encoder --debugger ./no-such-gdb") == 1);
  CHECK(runs.text("replay.txt").find("cannot start ./no-such-gdb: No such file or directory") != std::string::npos);
  CHECK(runs.command("replay killed encoders") == 1);
  CHECK(runs.text("replay.txt").find("did you mean 'encoder'?") != std::string::npos);
}

TEST_CASE("a collection at any instant takes nothing from runs that go on", "[graphs][kill][collect][slow]") {
  const KilledRuns runs;
  const auto collect = [&] { return runs.command("store gc --older-than 0s --max-size 1 --store store"); };
  int collections = 0;
  for (const char* name : {"first", "second"}) {  // the second finds what the collections left of the first, perhaps all
    const pid_t control = runs.start(name);
    int code = 0;
    while (!runs.ended_within(control, 0.05, code)) {
      INFO(runs.text("store.txt"));
      REQUIRE(collect() == 0);
      ++collections;
    }
    INFO(runs.text(std::string(name) + ".txt"));
    REQUIRE(code == 0);
    CHECK(runs.outputs(name) == reference().outputs);
  }
  CHECK(collections > 0);
  CHECK(collect() == 0);
  CHECK(runs.command("store verify --store store") == 0);
  CHECK(runs.command("report first") == 0);  // all that its page shows is there
}
