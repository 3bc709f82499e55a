#include "text_value.h"

#include <bgraph/core/store/collect.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/roots.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::store;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kNoon = 1'700'000'000;  // 2023-11-14T22:13:20Z

std::string utc(int64_t time) {
  std::tm parts{};
  const std::time_t seconds = time;
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

struct Shelf : PreparedStore {
  /// A finished unit: its text, seconds it took, and how long before noon it was made.
  Digest add(char key, const std::string& text, double seconds, int64_t age_s = 0) const {
    const Digest digest = publish_text(store, text);
    KeyRecord record = record_of(std::string(64, key), digest, seconds);
    record.made_at = utc(kNoon - age_s);
    store.publish(record);
    return digest;
  }
  bool knows(char key) const { return store.record(std::string(64, key)).has_value(); }
  Collected collect(CollectOptions options = {}) const { return store::collect(store, options, kNoon); }
  int64_t bytes_of(const Digest& digest) const { return take_inventory(store).values.at(digest).bytes; }
  void run_of(const std::string& name, const Digest& digest) const {
    const Json node = {{"outputs", {{"out", {{"digest", digest.hex()}}}}}};
    write(scratch.path / "runs" / name / "manifest.json", Json{{"nodes", {node}}}.dump());
    note_run(store, scratch.path / "runs" / name);
  }
};

}  // namespace

TEST_CASE("without limits only rubbish goes", "[store][collect]") {
  const Shelf shelf;
  const Digest result = shelf.add('a', "result", 1);
  const Digest orphan = publish_text(shelf.store, "no record leads here");
  const Digest lost = shelf.add('b', "lost", 1);
  shelf.store.discard(lost);
  write(shelf.store.unfinished_folder(std::string(64, 'a')) / "1" / "state", "of a finished unit");
  write(shelf.store.unfinished_folder(std::string(64, 'c')) / "1" / "state", "of one that goes on");
  write(shelf.store.root() / "keys/dd/dddd.json", "{ not json");

  const Collected rehearsed = shelf.collect({.dry_run = true});
  CHECK(shelf.store.has(orphan));
  const Collected done = shelf.collect();
  CHECK(done.values == rehearsed.values);
  CHECK(done.values == 1);
  CHECK(done.records == 1);
  CHECK(done.checkpoints == 1);
  CHECK(shelf.store.has(result));
  CHECK_FALSE(shelf.store.has(orphan));
  CHECK_FALSE(shelf.knows('b'));
  CHECK_FALSE(fs::exists(shelf.store.root() / "keys/dd/dddd.json"));
  CHECK(fs::exists(shelf.store.unfinished_folder(std::string(64, 'c'))));
}

TEST_CASE("what is cheap to compute again per byte goes first, and no more than needed", "[store][collect]") {
  const Shelf shelf;
  const Digest dear = shelf.add('a', std::string(4000, 'd'), 100);     // 25 ms per byte
  const Digest cheap = shelf.add('b', std::string(4000, 'c'), 1);      // 0.25 ms per byte
  const Digest small = shelf.add('c', std::string(40, 's'), 2);        // more per byte, although it took less time
  const int64_t all = take_inventory(shelf.store).bytes();
  const Collected done = shelf.collect({.most_bytes = all - 1});
  CHECK(done.values == 1);
  CHECK(done.seconds == 1);
  CHECK_FALSE(shelf.store.has(cheap));
  CHECK_FALSE(shelf.knows('b'));
  CHECK(shelf.store.has(small));
  CHECK(shelf.store.has(dear));
  CHECK(shelf.collect({.most_bytes = 1}).left_bytes == 0);
}

TEST_CASE("runs and pins keep their values whatever the limits", "[store][collect]") {
  const Shelf shelf;
  const Digest of_run = shelf.add('a', "of a run", 1, 1000), pinned = shelf.add('b', "pinned", 1, 1000),
               free = shelf.add('c', "free", 1, 1000);
  shelf.run_of("full", of_run);
  pin(shelf.store, pinned, "for the paper");
  CHECK(take_inventory(shelf.store).values.at(pinned).kept_by == "pin: for the paper");
  const Collected done = shelf.collect({.older_than_s = 10, .most_bytes = 0});
  CHECK(shelf.store.has(of_run));
  CHECK(shelf.store.has(pinned));
  CHECK_FALSE(shelf.store.has(free));
  CHECK(done.left_bytes == done.kept_bytes);

  fs::remove_all(shelf.scratch.path / "runs" / "full");
  REQUIRE(unpin(shelf.store, pinned));
  CHECK_FALSE(unpin(shelf.store, pinned));
  CHECK(shelf.collect({.older_than_s = 10}).values == 2);
}

TEST_CASE("a value that a kept one refers to is kept", "[store][collect]") {
  const Shelf shelf;
  const Digest images = shelf.add('a', "images", 1);
  Publication draft(shelf.store, "view");
  ValueHeader header = draft_text(draft, "a view");
  header.meta["recipe"] = {{"inputs", {{"images", {images.hex()}}}}};
  const Digest view = draft.publish(header);
  pin(shelf.store, view, "view");
  shelf.collect({.most_bytes = 0});
  CHECK(shelf.store.has(images));
}

TEST_CASE("age counts from when a result was made", "[store][collect]") {
  const Shelf shelf;
  const Digest old = shelf.add('a', "old", 1, 3600), fresh = shelf.add('b', "fresh", 1, 60);
  shelf.collect({.older_than_s = 3599});
  CHECK_FALSE(shelf.store.has(old));
  CHECK(shelf.store.has(fresh));
}

TEST_CASE("one value of two records goes with the second", "[store][collect]") {
  const Shelf shelf;
  const Digest shared = shelf.add('a', "the same bytes", 1, 3600);
  REQUIRE(shelf.add('b', "the same bytes", 1, 60) == shared);
  shelf.collect({.older_than_s = 600});
  CHECK_FALSE(shelf.knows('a'));
  CHECK(shelf.knows('b'));
  CHECK(shelf.store.has(shared));
}

TEST_CASE("a collection waits for who looks something up, and says so when it takes too long", "[store][collect]") {
  const Shelf shelf;
  const Digest orphan = publish_text(shelf.store, "orphan");
  const Store run(shelf.store.root());
  run.hold();
  {
    const Look look = run.look(), another = run.look();
    CHECK_THROWS_WITH(shelf.collect({.patience_s = 0}), ContainsSubstring("somebody is looking things up"));
    CHECK(shelf.store.has(orphan));
  }
  CHECK(shelf.collect({.patience_s = 0}).values == 1);
}

TEST_CASE("a silent change of the disk is found by full trust checks at once and by samples in time",
          "[store][collect]") {
  const Shelf shelf;
  const Digest digest = shelf.add('a', "precious", 1);
  const fs::path file = shelf.store.value_folder(digest) / "text.txt";
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  write(file, "Precious");
  shelf.store.files().remember(file, digest);  // as if the disk had changed the bytes without a stamp
  SECTION("--paranoid") {
    CHECK_FALSE(Store(shelf.store.root(), Trust::none).has(digest));
    CHECK_FALSE(shelf.store.has(digest));  // and it is not believed again
  }
  SECTION("sampled") {  // every process draws another 64th: it escapes 2000 of them with probability 2e-14
    bool found = false;
    for (int process = 0; process < 2000 && !found; ++process) found = !Store(shelf.store.root()).has(digest);
    CHECK(found);
  }
  SECTION("by publishing it again, which repairs it") {
    publish_text(shelf.store, "precious");
    CHECK(shelf.store.verify(digest).empty());
  }
}
