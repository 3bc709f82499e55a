#include "text_value.h"

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/testing/catch.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bgraph;
using namespace bgraph::store;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

const std::string kKeyA(64, 'a'), kKeyB(64, 'b'), kKeyC(64, 'c');

void make_writable(const fs::path& file) {
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
}

/// A value with one float32 tensor of three elements.
Digest publish_tensor(const Store& store) {
  Publication draft(store, "test");
  std::vector<SafetensorsEntry> entries = {{.name = "x", .dtype = "F32", .shape = {3}}};
  const std::string content("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12);  // 1, 2, 3
  write(draft.folder() / kPayloadFile, safetensors_prefix(entries, {}) + content);
  ValueHeader header;
  header.type = "Tensor";
  header.tensors.push_back(
      {"x", "F32", {3}, digest_blocks(std::as_bytes(std::span(content.data(), content.size())))});
  return draft.publish(header);
}

}  // namespace

TEST_CASE("a published value is found by its digest, read-only and whole", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const Digest digest = publish_text(store, "seven");
  REQUIRE(store.has(digest));
  REQUIRE(store.open(digest).type == "Text");
  REQUIRE(read_text(store.value_folder(digest) / "text.txt") == "seven");
  REQUIRE(store.values() == std::vector<Digest>{digest});
  struct stat status {};
  ::stat((store.value_folder(digest) / "text.txt").c_str(), &status);
  REQUIRE((status.st_mode & 0222) == 0);
  REQUIRE(fs::is_empty(store.temporary_root()) == false);  // the gate alone
  REQUIRE(sweep_dead(store.temporary_root()) == 0);
}

TEST_CASE("a value of a draft that was never published is nowhere", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  Digest digest;
  {
    Publication draft(store, "test");
    digest = draft_text(draft, "given up").digest();
  }
  REQUIRE_FALSE(store.has(digest));
  REQUIRE(store.values().empty());
}

TEST_CASE("publishing a value twice keeps the first", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const Digest first = publish_text(store, "same");
  const auto inode = [&] {
    struct stat status {};
    ::stat((store.value_folder(first) / "text.txt").c_str(), &status);
    return status.st_ino;
  };
  const auto before = inode();
  REQUIRE(publish_text(store, "same") == first);
  REQUIRE(inode() == before);
}

TEST_CASE("publishing over a damaged value repairs it", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const Digest digest = publish_text(store, "whole");
  make_writable(store.value_folder(digest) / "text.txt");
  fs::resize_file(store.value_folder(digest) / "text.txt", 2);
  REQUIRE_FALSE(store.has(digest));
  REQUIRE(publish_text(store, "whole") == digest);
  REQUIRE(store.has(digest));
}

TEST_CASE("a draft that lacks what its header promises is refused", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  Publication draft(store, "test");
  const ValueHeader header = draft_text(draft, "seven");
  fs::resize_file(draft.folder() / "text.txt", 3);
  REQUIRE_THROWS_WITH(draft.publish(header), ContainsSubstring("has 3 bytes, expected 5"));
  REQUIRE(store.values().empty());
}

TEST_CASE("a process killed at any moment of publishing leaves a whole value or none", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  int killed_before_end = 0;
  for (int round = 0; round < 40; ++round) {
    const std::string text = "value " + std::to_string(round) + std::string(300'000, 'x');
    const pid_t child = ::fork();
    if (child == 0) {
      publish_text(store, text);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(round * 150));  // 0 to 6 ms: before, during and after the rename
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed_before_end += WIFSIGNALED(status) ? 1 : 0;
    for (const Digest& digest : store.values()) REQUIRE(store.verify(digest).empty());
  }
  CHECK(killed_before_end > 0);
  store.prepare();  // sweeps what the dead have left
  for (const auto& entry : fs::directory_iterator(store.temporary_root())) REQUIRE_FALSE(entry.is_directory());
}

TEST_CASE("a flipped bit is found, and the value counts as missing", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const Digest digest = publish_tensor(store);
  REQUIRE(store.has(digest));
  const fs::path payload = store.value_folder(digest) / kPayloadFile;
  make_writable(payload);
  std::fstream file(payload, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put('\x41');
  file.close();
  REQUIRE_FALSE(store.has(digest));
  REQUIRE_THAT(store.verify(digest), ContainsSubstring("tensor 'x'"));
}

TEST_CASE("a value.json that was edited is not the value", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const Digest digest = publish_text(store, "seven");
  const fs::path file = store.value_folder(digest) / kValueFile;
  Json json = Json::parse(read_text(file));
  json["meta"]["split"] = "train";
  make_writable(file);
  write(file, json.dump());
  REQUIRE_FALSE(store.has(digest));
  REQUIRE_THROWS_WITH(store.open(digest), ContainsSubstring("is damaged"));
}

TEST_CASE("a key is found only while all of its outputs are there", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const Digest output = publish_text(store, "out");
  REQUIRE_FALSE(store.find(kKeyA));
  KeyRecord record = record_of(kKeyA, output, 2.5);
  record.warnings = {"w"};
  record.input_size = {3, 1.5};
  store.publish(record);
  const auto found = store.find(kKeyA);
  REQUIRE(found);
  REQUIRE(found->outputs.at("out") == output);
  REQUIRE(found->seconds == 2.5);
  REQUIRE(found->warnings == std::vector<std::string>{"w"});
  REQUIRE(found->input_size.mib == 3);
  REQUIRE(found->input_size.unit_mib == 1.5);
  store.discard(output);
  REQUIRE_FALSE(store.find(kKeyA));
  REQUIRE(store.record(kKeyA));
}

TEST_CASE("a record cannot be published before its values", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  REQUIRE_THROWS_AS(store.publish(record_of(kKeyA, Digest{})), Error);
  REQUIRE_FALSE(store.record(kKeyA));
}

TEST_CASE("a damaged record is a miss", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  store.publish(record_of(kKeyA, publish_text(store, "out")));
  REQUIRE_FALSE(store.find(kKeyA)->input_size.known());
  const fs::path file = store.root() / "keys" / "aa" / (kKeyA + ".json");
  const std::string whole = read_text(file);
  for (size_t length = 0; length < whole.size(); length += 7) {
    write(file, whole.substr(0, length));
    REQUIRE_FALSE(store.find(kKeyA));
  }
}

TEST_CASE("publishing a key removes its checkpoints", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  write(store.unfinished_folder(kKeyA) / "state", "epoch 3");
  write(store.unfinished_folder(kKeyB) / "state", "epoch 5");
  store.publish(record_of(kKeyA, publish_text(store, "out")));
  REQUIRE_FALSE(fs::exists(store.unfinished_folder(kKeyA)));
  REQUIRE(fs::exists(store.unfinished_folder(kKeyB)));
}

TEST_CASE("the history of a node type is newest first, without chunks", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const Digest output = publish_text(store, "out");
  store.publish(record_of(kKeyA, output));
  store.publish(record_of(kKeyB, output), false);
  store.publish(record_of(kKeyC, output));
  const bool asked_before = GENERATE(false, true);
  if (asked_before) REQUIRE(store.history("test.make").front().key == kKeyC);
  store.publish(record_of(kKeyA, output));
  const auto& history = store.history("test.make");
  REQUIRE(history.size() == 2);
  REQUIRE(history[0].key == kKeyA);
  REQUIRE(history[1].key == kKeyC);
  REQUIRE(Store(store.root()).history("test.make").front().key == kKeyA);  // another process reads the same
  REQUIRE(store.history("test.other").empty());
}

TEST_CASE("a store that does not exist holds nothing and is not made by looking", "[store]") {
  Scratch scratch;
  const Store store(scratch.path / "store");
  REQUIRE_FALSE(store.find(kKeyA));
  REQUIRE_FALSE(store.has(Digest{}));
  REQUIRE(store.values().empty());
  REQUIRE(store.history("test.make").empty());
  REQUIRE_FALSE(fs::exists(store.root()));
}

TEST_CASE("a store that cannot be made says where and what to do", "[store]") {
  Scratch scratch;
  write(scratch.path / "store", "a file in the way");
  REQUIRE_THROWS_WITH(Store(scratch.path / "store").prepare(), ContainsSubstring("cannot be written"));
}
