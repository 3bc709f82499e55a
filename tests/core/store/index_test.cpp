#include "text_value.h"

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::store;
namespace fs = std::filesystem;

namespace {

const std::string kKeyA(64, 'a'), kKeyB(64, 'b');

struct Shelf : PreparedStore {
  const fs::path& root = store.root();

  Digest add(const std::string& key, const std::string& text) const {
    Publication draft(store, "test");
    ValueHeader header = draft_text(draft, text);
    header.meta["model"] = {{"component", "fake.net"}, {"build_id", "b1"}, {"parts", {{"component", "fake.part"}, {"build_id", "b2"}}}};
    const Digest digest = draft.publish(header);
    KeyRecord record = record_of(key, digest, 2.5);
    record.peak_mib = 7;
    store.publish(record);
    return digest;
  }
  /// As a new process sees it.
  std::optional<Known> known(const std::string& key) const { return another().known(key); }
};

}  // namespace

TEST_CASE("the index tells what the records tell", "[store][index]") {
  const Shelf shelf;
  const Digest digest = shelf.add(kKeyA, "seven");
  const bool from_index = GENERATE(true, false);
  if (!from_index) fs::remove(shelf.root / "index");
  const auto known = shelf.known(kKeyA);
  REQUIRE(known);
  CHECK(known->outputs == std::map<std::string, Digest>{{"out", digest}});
  CHECK(known->seconds == 2.5);
  CHECK(known->peak_mib == 7);
  REQUIRE(known->builds.size() == 2);
  CHECK((known->builds[0].component == "fake.net" && known->builds[0].build_id == "b1"));
  CHECK((known->builds[1].component == "fake.part" && known->builds[1].build_id == "b2"));
  CHECK_FALSE(shelf.known(kKeyB));
}

TEST_CASE("what the index has not seen is added to it by looking", "[store][index]") {
  const Shelf shelf;
  shelf.add(kKeyA, "seven");
  fs::remove(shelf.root / "index");
  REQUIRE(shelf.known(kKeyA));
  const auto size = fs::file_size(shelf.root / "index");
  REQUIRE(shelf.known(kKeyA));
  CHECK(fs::file_size(shelf.root / "index") == size);  // and only once
}

TEST_CASE("a value that changed or went is not known, whatever the index remembers", "[store][index]") {
  const Shelf shelf;
  const Digest digest = shelf.add(kKeyA, "precious");
  const Store store(shelf.root);
  const fs::path file = store.value_folder(digest) / "text.txt";
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  SECTION("a flipped bit") { write(file, "Precious"); }
  SECTION("cut short") { fs::resize_file(file, 2); }
  SECTION("another header") {
    fs::permissions(store.value_folder(digest) / kValueFile, fs::perms::owner_write, fs::perm_options::add);
    write(store.value_folder(digest) / kValueFile, "{}");
  }
  SECTION("gone") { fs::remove_all(store.value_folder(digest)); }
  CHECK_FALSE(shelf.known(kKeyA));
}

TEST_CASE("an index damaged anywhere loses memories, never results", "[store][index]") {
  const Shelf shelf;
  const Digest a = shelf.add(kKeyA, "seven"), b = shelf.add(kKeyB, "eight");
  const std::string whole = read_text(shelf.root / "index");
  const bool cut = GENERATE(false, true);
  for (size_t at = 0; at < whole.size(); at += 5) {
    CAPTURE(cut, at);
    std::string damaged = whole;
    if (cut)
      damaged.resize(at);
    else
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    write_whole(shelf.root / "index", damaged);
    const auto known_a = shelf.known(kKeyA), known_b = shelf.known(kKeyB);
    REQUIRE(known_a);
    REQUIRE(known_b);
    REQUIRE(known_a->outputs.at("out") == a);
    REQUIRE(known_b->outputs.at("out") == b);
  }
}

TEST_CASE("a store that cannot be written has no index and answers all the same", "[store][index]") {
  const Shelf shelf;
  const Digest digest = shelf.add(kKeyA, "seven");
  fs::remove(shelf.root / "index");
  fs::create_directory(shelf.root / "index");  // in the way, for whoever may write anywhere
  const auto known = shelf.known(kKeyA);
  REQUIRE(known);
  CHECK(known->outputs.at("out") == digest);
}
