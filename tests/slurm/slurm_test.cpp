// Runs whose units are jobs of a real Slurm: a cluster of one machine (cluster.sh) and the worker without LibTorch.
// Skipped where Slurm is not installed.
#include "../core/ended.h"
#include "../core/run/run_fixture.h"

#include <bgraph/core/run/slurm_commands.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

using namespace bgraph;
using namespace bgraph::run;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

/// One for the whole program. Not there: `reason` says why.
class Cluster {
 public:
  static const Cluster& get() {
    static const Cluster cluster;
    return cluster;
  }
  bool there() const { return status_ == 0; }

 private:
  Cluster() {
    ::setenv("SLURM_CONF", (scratch_.path / "slurm.conf").c_str(), 1);
    ::setenv("BGRAPH_SLURM_SECONDS", "1", 1);
    status_ = script("start");
  }
  ~Cluster() { script("stop"); }

  int script(const std::string& what) const {
    return shell(std::string(CLUSTER_SCRIPT) + " " + what + " " + scratch_.path.string());
  }

  Scratch scratch_;
  int status_ = 1;
};

#define NEEDS_SLURM                                   \
  if (!Cluster::get().there()) {                      \
    WARN("skipped: no Slurm here, see above for why"); \
    return;                                           \
  }

struct SlurmWorld : World {
  SlurmWorld() {
    options.slurm = true;
    options.program = BGRAPH_PROGRAM;
    options.workers = 0;
  }
};

std::map<std::string, JobState> jobs_now() { return all_jobs().value(); }

int newest_job() {
  int newest = 0;
  for (const auto& [job, state] : jobs_now()) newest = std::max(newest, std::atoi(job.c_str()));
  return newest;
}

template <class Condition>
void wait_until(Condition condition) {
  for (int step = 0; step < 300 && !condition(); ++step) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  REQUIRE(condition());
}

bool begun(const World& world) {  // some job has said something
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(world.store.root() / "jobs", none))
    if (fs::exists(entry.path() / "events.jsonl") && fs::exists(entry.path() / "job")) return true;
  return false;
}

bool has_checkpoint(const World& world) {
  std::error_code none;
  return fs::directory_iterator(world.store.root() / "unfinished", none) != fs::directory_iterator();
}

/// The one machine, as the controller has it: lost, and there again.
void fail_machine() {
  for (const char* state : {"down reason=test", "resume"}) {
    ask_system(std::string("scontrol update nodename=$(hostname -s) state=") + state);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

/// The run in a process of its own, which may be ended.
pid_t run_apart(const World& world, const graph::Graph& graph) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::freopen("/dev/null", "w", stderr);
  int code = 99;
  try {
    code = world.run(graph).exit_code();
  } catch (const std::exception&) {
  }
  ::_exit(code);
}

}  // namespace

TEST_CASE("a run of jobs gives what a run of local workers gives", "[slurm]") {
  NEEDS_SLURM
  const auto graph = graph_of({node("a", "test.make", {{"text", "a"}}), node("b", "test.make", {{"text", "b"}}),
                               node("ab", "test.join", {{"text", "+"}}, {"a", "b"}),
                               node("rows", "test.map", {}, {"ab"})});
  const World local;
  const SlurmWorld world;
  const RunRecord expected = local.run(graph), record = world.run(graph);
  REQUIRE(record.exit_code() == 0);
  for (const auto& step : expected.nodes) CHECK(named(record, step.name).outputs == step.outputs);
  CHECK(named(record, "a").warnings == std::vector<std::string>{"made by the fake worker"});
  CHECK(fs::is_empty(world.store.root() / "jobs" / "logs"));  // nothing of the jobs is left
  CHECK(std::distance(fs::directory_iterator(world.store.root() / "jobs"), {}) == 1);
}

TEST_CASE("units that are ready together are one array job", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  std::vector<graph::Node> nodes;
  for (const char* text : {"a", "b", "c", "d", "e"}) nodes.push_back(node(text, "test.make", {{"text", text}}));
  nodes.back().memory_mib = 200;  // needs something else
  REQUIRE(world.run(graph_of(nodes)).exit_code() == 0);
  std::map<int, int> elements;  // of the array jobs
  for (const auto& [job, state] : jobs_now()) ++elements[std::atoi(job.c_str())];
  CHECK(elements.rbegin()->second == 1);
  CHECK(std::next(elements.rbegin())->second == 4);
}

TEST_CASE("a unit that dies in a job is reported as in a worker here", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  auto slow = node("slow", "test.make", {{"act", "hang"}}), greedy = node("greedy", "test.make", {{"act", "grow"}});
  slow.timeout_s = 1;
  greedy.memory_mib = 64;
  const RunRecord record =
      world.run(graph_of({node("crash", "test.make", {{"act", "crash"}}), node("fail", "test.make", {{"act", "fail"}}),
                          slow, greedy, node("good", "test.make")}));
  CHECK(record.exit_code() == 1);
  CHECK(named(record, "good").outcome == Outcome::ran);
  CHECK_THAT(named(record, "crash").error, ContainsSubstring("SIGSEGV") && ContainsSubstring("last words"));
  CHECK_THAT(named(record, "fail").error, ContainsSubstring("it was asked to fail"));
  CHECK_THAT(named(record, "slow").error, ContainsSubstring("no answer within its timeout_s = 1"));
  CHECK_THAT(named(record, "greedy").error, ContainsSubstring("more than its memory_mib = 64"));
}

TEST_CASE("a job that needs more memory than it was given says so, and how to ask for more", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  const RunRecord record = world.run(graph_of({node("greedy", "test.make", {{"act", "hold"}}), node("good", "test.make")}));
  CHECK(record.exit_code() == 1);
  CHECK_THAT(named(record, "greedy").error,  // the worker died, or the job with it: as the cluster has it
             ContainsSubstring("it needed more than the cluster gives by default; set memory_mib on the node"));
  CHECK(named(record, "good").outcome == Outcome::ran);
  auto enough = node("greedy", "test.make", {{"act", "hold"}});
  enough.memory_mib = 400;
  enough.timeout_s = 3;
  CHECK_THAT(named(world.run(graph_of({enough})), "greedy").error, ContainsSubstring("no answer within its timeout_s = 3"));
}

TEST_CASE("a job whose machine fails begins again by itself and goes on at its checkpoint", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  const auto graph = graph_of({node("long", "test.make", {{"act", "resume"}, {"text", "continued"}})});
  const size_t before = jobs_now().size();
  const pid_t control = run_apart(world, graph);
  wait_until([&] { return has_checkpoint(world); });
  const std::string job = std::to_string(newest_job());
  fail_machine();
  wait_until([&] { return jobs_now().at(job + "_0").waits(); });
  ask_system("scontrol update jobid=" + job + " starttime=now");  // Slurm lets two minutes pass
  CHECK(end_of(control) == 0);
  const RunRecord record = world.run(graph);
  CHECK(named(record, "long").outcome == Outcome::hit);
  CHECK(world.text(named(record, "long").outputs.at("out")) == "continued");
  CHECK(jobs_now().size() == before + 1);
}

TEST_CASE("a job that may not begin again reports that its machine failed, and the same command goes on", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  const auto graph = graph_of({node("long", "test.make", {{"act", "resume"}, {"text", "continued"}})});
  std::thread somebody([&] {
    for (int step = 0; step < 300 && !has_checkpoint(world); ++step) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ask_system("scontrol update jobid=" + std::to_string(newest_job()) + " requeue=0");
    fail_machine();
  });
  const RunRecord failed = world.run(graph);
  somebody.join();
  CHECK_THAT(named(failed, "long").error, ContainsSubstring("NODE_FAIL: its machine failed; run the same command to go on at its checkpoint"));
  const RunRecord record = world.run(graph);
  REQUIRE(record.exit_code() == 0);
  CHECK(world.text(named(record, "long").outputs.at("out")) == "continued");
}

TEST_CASE("jobs outlive control, and the same command finds them", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  const auto graph = graph_of({node("nap", "test.make", {{"act", "nap"}, {"text", "slept"}})});
  const size_t before = jobs_now().size();
  const pid_t control = run_apart(world, graph);
  wait_until([&] { return begun(world); });
  ::kill(control, SIGKILL);
  end_of(control);
  std::this_thread::sleep_for(std::chrono::seconds(1));  // it may well be over now, with nobody there
  const RunRecord record = world.run(graph);
  REQUIRE(record.exit_code() == 0);
  CHECK(world.text(named(record, "nap").outputs.at("out")) == "slept");
  CHECK(jobs_now().size() == before + 1);  // sent once
}

TEST_CASE("a terminal that closes leaves the jobs alone", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  const auto graph = graph_of({node("w", "test.make", {{"act", "wait"}})});
  const pid_t control = run_apart(world, graph);
  wait_until([&] { return begun(world); });
  ::kill(control, SIGHUP);
  CHECK(end_of(control) == 75);
  const auto jobs = jobs_now();
  const auto running = std::find_if(jobs.begin(), jobs.end(), [](const auto& job) { return job.second.state == "RUNNING"; });
  REQUIRE(running != jobs.end());
  cancel({running->first});
}

TEST_CASE("the second Ctrl-C cancels the jobs", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  const auto graph = graph_of({node("w", "test.make", {{"act", "wait"}})});
  const pid_t control = run_apart(world, graph);
  wait_until([&] { return begun(world); });
  ::kill(control, SIGINT);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK(::waitpid(control, nullptr, WNOHANG) == 0);  // once: it goes on until they are through
  ::kill(control, SIGINT);
  CHECK(end_of(control) == 130);
  wait_until([] {
    for (const auto& [job, state] : jobs_now())
      if (!state.over()) return false;
    return true;
  });
}

TEST_CASE("a job that somebody else cancels has failed, and says so", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  const auto graph = graph_of({node("w", "test.make", {{"act", "wait"}})});
  std::thread somebody([&] {
    for (int step = 0; step < 300 && !begun(world); ++step) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel({std::to_string(newest_job())});
  });
  const RunRecord record = world.run(graph);
  somebody.join();
  CHECK(record.exit_code() == 1);
  CHECK_THAT(named(record, "w").error, ContainsSubstring("CANCELLED by somebody else"));
}

TEST_CASE("what sbatch refuses is a failed node with its words", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  auto vast = node("vast", "test.make", {{"text", "v"}});
  vast.memory_mib = int64_t{1} << 40;
  const RunRecord record = world.run(graph_of({vast, node("good", "test.make")}));
  CHECK_THAT(named(record, "vast").error, ContainsSubstring("sbatch refused a job"));
  CHECK(named(record, "good").outcome == Outcome::ran);
}

TEST_CASE("a unit of several ranks is a job of several tasks", "[slurm]") {
  NEEDS_SLURM
  const SlurmWorld world;
  auto both = node("both", "test.make", {{"act", "rank"}});
  both.ranks = 2;
  const RunRecord record = world.run(graph_of({both}));
  REQUIRE(record.exit_code() == 0);
  CHECK(world.text(named(record, "both").outputs.at("out")) == "0 of 2");
}
