// Jobs of a batch system without one: `bgraph exec-unit` in a process of its own, on a request in a folder.
#include "../ended.h"
#include "run_fixture.h"

#include <bgraph/core/run/job.h>
#include <bgraph/sdk/testing/catch.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bgraph;
using namespace bgraph::run;
namespace fs = std::filesystem;

namespace {

struct Request : World {
  fs::path folder = job_folder(store, std::string(64, 'a'));

  explicit Request(const std::string& act) {
    const Unit unit{.node = "n", .type = "test.make", .plugin = "test.so", .key = std::string(64, 'a'),
                    .params = {{"text", "made"}, {"act", act}}, .store = store.root(),
                    .checkpoints = store.unfinished_folder(std::string(64, 'a'))};
    request_job(folder, unit, {}, FAKE_WORKER);
  }

  pid_t start() const {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(run_job(folder));
    return child;
  }
  /// What was said, in order: "ready done".
  std::string said() const {
    std::string words;
    for (const auto& line : JobEvents(folder).next())
      if (line.at("what") != "log" && line.at("what") != "metric") words += (words.empty() ? "" : " ") + line.at("what").get<std::string>();
    return words;
  }
  void wait_until_said(const std::string& words) const {
    for (int patience = 0; said() != words && patience < 1000; ++patience) ::usleep(10'000);
    REQUIRE(said() == words);
  }
};

bool is_over(pid_t job) { return ::waitpid(job, nullptr, WNOHANG) == job; }

}  // namespace

TEST_CASE("a job writes what became of its unit, and is done once", "[run][job]") {
  const Request request("write");
  CHECK(end_of(request.start()) == 0);
  CHECK(request.said() == "ready done");
  CHECK(end_of(request.start()) == 0);
  CHECK(request.said() == "ready done");
}

TEST_CASE("a job that begins again while its lost machine works on waits, and takes over when that one dies", "[run][job]") {
  const Request request("resume");
  const pid_t lost = request.start();
  request.wait_until_said("ready");
  const pid_t again = request.start();
  ::usleep(700'000);
  CHECK_FALSE(is_over(again));
  CHECK(request.said() == "ready");
  ::kill(lost, SIGKILL);
  CHECK(end_of(lost) == -SIGKILL);
  CHECK(end_of(again) == 0);
  CHECK(request.said() == "ready ready done");
}

TEST_CASE("a job that waits goes when another answered, or when it is asked to", "[run][job]") {
  const Request request("nap");
  const pid_t first = request.start();
  request.wait_until_said("ready");
  const pid_t second = request.start();
  CHECK(end_of(first) == 0);
  CHECK(end_of(second) == 0);
  CHECK(request.said() == "ready done");

  const Request endless("hang");
  const pid_t holder = endless.start();
  endless.wait_until_said("ready");
  const pid_t waiting = endless.start();
  ::usleep(100'000);
  ::kill(waiting, SIGTERM);
  CHECK(end_of(waiting) == 0);
  ::kill(holder, SIGKILL);
  end_of(holder);
}
