// Collections beside runs that go on, in this process and in others.
#include "text_value.h"

#include <bgraph/core/store/collect.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/roots.h>
#include <bgraph/sdk/testing/catch.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bgraph;
using namespace bgraph::store;
namespace fs = std::filesystem;

namespace {

const std::string kKey(64, 'a'), kOther(64, 'b');

struct Shelf : PreparedStore {
  Collected take_all() const { return collect(store, {.older_than_s = 0, .most_bytes = 0}, 4'000'000'000); }
  size_t leases() const {
    std::error_code none;
    const fs::directory_iterator files(store.root() / "leases", none);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }
};

Digest add(const Store& store, const std::string& key, const std::string& text) {
  const Digest digest = publish_text(store, text);
  store.publish(record_of(key, digest));
  return digest;
}

/// What is done within a tick of the disk's clock cannot be told apart.
void let_the_clock_tick() { ::usleep(20'000); }

}  // namespace

TEST_CASE("what a living run found or published stays, the rest goes", "[store][lease]") {
  const Shelf shelf;
  const Digest found = add(shelf.store, kKey, "found"), unseen = add(shelf.store, kOther, "unseen");
  const Digest earlier = publish_text(shelf.store, "of a run that died before it wrote a record");
  let_the_clock_tick();
  Digest made, unrecorded;
  {
    const Store run = shelf.another();
    run.hold();
    REQUIRE(run.known(kKey));
    made = add(run, std::string(64, 'c'), "made");
    unrecorded = publish_text(shelf.another(), "made by a worker; control has not heard of it yet");
    const Collected done = shelf.take_all();
    CHECK(done.values == 2);
    CHECK(shelf.store.find(kKey));
    CHECK(shelf.store.has(made));
    CHECK(shelf.store.has(unrecorded));
    CHECK_FALSE(shelf.store.has(unseen));
    CHECK_FALSE(shelf.store.has(earlier));
    CHECK(take_inventory(shelf.store).values.at(found).kept_by == "a run that goes on");
    CHECK(take_inventory(shelf.store).values.at(unrecorded).kept_by == "being made");
  }
  CHECK(shelf.leases() == 0);
  shelf.take_all();
  CHECK(shelf.store.values().empty());
}

TEST_CASE("what others made and recorded while a run goes on may go", "[store][lease]") {
  const Shelf shelf;
  const Store run = shelf.another();
  run.hold();
  let_the_clock_tick();
  const Digest digest = publish_text(shelf.store, "of a sweep beside it");
  let_the_clock_tick();
  shelf.store.publish(record_of(kKey, digest));
  CHECK(shelf.take_all().values == 1);
}

TEST_CASE("a value that is hit after a collection looked is kept by its second look", "[store][lease]") {
  const Shelf shelf;
  const Digest images = add(shelf.store, kOther, "images"), value = add(shelf.store, kKey, "value");
  Inventory inventory = take_inventory(shelf.store);
  REQUIRE(inventory.values.at(value).kept_by.empty());
  const Store run = shelf.another();
  run.hold();
  Publication draft(run, "view");  // not even there when the collection looked
  ValueHeader header = draft_text(draft, "a view");
  SECTION("found") { REQUIRE(run.find(kKey)); }
  SECTION("made once more, by a worker that found it there") {
    let_the_clock_tick();
    publish_text(shelf.another(), "value");
  }
  SECTION("named by what was made since") {
    header.meta["recipe"] = {{"images", images.hex()}, {"value", value.hex()}};
    pin(shelf.store, draft.publish(header), "view");
  }
  keep_what_is_needed(shelf.store, inventory);
  CHECK_FALSE(inventory.values.at(value).kept_by.empty());
}

TEST_CASE("a hit that a collection has decided against is a miss, and is computed again", "[store][lease]") {
  const Shelf shelf;
  add(shelf.store, kKey, "value");
  const Store run = shelf.another();
  run.hold();
  shelf.take_all();
  CHECK_FALSE(run.known(kKey));
  CHECK_FALSE(run.find(kKey));
  const Digest again = add(run, kKey, "value");
  shelf.take_all();
  CHECK(run.known(kKey)->outputs.at("out") == again);
}

TEST_CASE("checkpoints stay that a living run is to continue, however old", "[store][lease]") {
  const Shelf shelf;
  const fs::path wanted = shelf.store.unfinished_folder(kKey), left = shelf.store.unfinished_folder(kOther),
                 computed = shelf.store.unfinished_folder(std::string(64, 'c'));
  for (const auto& folder : {wanted, left, computed}) write(folder / "1" / "state", "half way");
  const Store run = shelf.another();
  run.hold();
  REQUIRE_FALSE(run.known(kKey));
  const auto lock = run.try_lock(std::string(64, 'c'));
  REQUIRE(lock);
  CHECK(shelf.take_all().checkpoints == 1);
  CHECK(fs::exists(wanted));
  CHECK(fs::exists(computed));
  CHECK_FALSE(fs::exists(left));
}

TEST_CASE("what a job reads and made stays until its folder goes", "[store][lease]") {
  const Shelf shelf;
  const Digest input = publish_text(shelf.store, "input"), output = publish_text(shelf.store, "output");
  const fs::path job = shelf.store.root() / "jobs" / kKey;
  write(job / "request.json", Json{{"unit", {{"inputs", {{"in", {input.hex()}}}}}}}.dump());
  write(job / "events.jsonl", Json{{"what", "done"}, {"outputs", {{"out", output.hex()}}}}.dump() + "\n");
  CHECK(shelf.take_all().values == 0);
  fs::remove_all(job);
  CHECK(shelf.take_all().values == 2);
}

TEST_CASE("a lease dies with its process", "[store][lease]") {
  const Shelf shelf;
  add(shelf.store, kKey, "value");
  int told[2];
  REQUIRE(::pipe(told) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const Store run = shelf.another();
    run.hold();
    [[maybe_unused]] const auto count = ::write(told[1], run.known(kKey) ? "+" : "-", 1);
    for (;;) ::pause();
  }
  char answer = 0;
  REQUIRE(::read(told[0], &answer, 1) == 1);
  REQUIRE(answer == '+');
  CHECK(shelf.take_all().values == 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(shelf.take_all().values == 1);
  CHECK(shelf.leases() == 0);
}

TEST_CASE("a process that takes out all the time takes nothing from a run that found it", "[store][lease]") {
  const Shelf shelf;
  add(shelf.store, kKey, "value");
  const pid_t collector = ::fork();
  if (collector == 0) {
    try {
      for (;;) shelf.take_all();
    } catch (const std::exception&) {
      ::_exit(1);
    }
  }
  int hits = 0, misses = 0;
  for (int round = 0; round < 20'000 && (round < 300 || hits < 20 || misses < 20); ++round) {
    const Store run = shelf.another();
    run.hold();
    auto known = run.known(kKey);
    known ? ++hits : ++misses;
    if (!known) {
      const Digest digest = publish_text(shelf.another(), "value");  // a worker has no lease of its own
      run.publish(record_of(kKey, digest));
      known = run.known(kKey);
    }
    REQUIRE(known);
    if (round % 3 == 0) ::usleep(2000);
    REQUIRE(run.verify(known->outputs.at("out")).empty());
    REQUIRE(run.find(kKey));
  }
  ::kill(collector, SIGKILL);
  int status = 0;
  ::waitpid(collector, &status, 0);
  CHECK(WIFSIGNALED(status));  // else it ended by itself
  CAPTURE(hits, misses);
  CHECK(hits >= 20);
  CHECK(misses >= 20);
}

TEST_CASE("a store that is not there or cannot be written is read without a lease", "[store][lease]") {
  const Shelf shelf;
  const Store absent(shelf.scratch.path / "absent");
  absent.hold();
  CHECK_FALSE(absent.known(kKey));
  CHECK_FALSE(fs::exists(absent.root()));
  add(shelf.store, kKey, "value");
  write(shelf.store.root() / "leases", "a file where the folder should be");
  const Store run = shelf.another();
  run.hold();
  CHECK(run.known(kKey));
  CHECK_THROWS(collect(shelf.store, {.patience_s = 0}, 4'000'000'000));  // as it cannot know what that run needs
}
