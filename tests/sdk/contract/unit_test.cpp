#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>
#include <bgraph/sdk/testing/catch.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bgraph;

namespace {

Digest digest(uint8_t byte) {
  Digest made;
  made.bytes.fill(byte);
  return made;
}

/// No field as it is by itself.
Unit full_unit() {
  Unit unit{.node = "cell/a \"b\"\n", .type = "test.é", .plugin = "/p/a\\b.so", .key = digest(1).hex(),
            .params = {{"k", 3}, {"floor", 0.1}, {"name", "ü"}, {"list", {1, 2}}, {"none", nullptr}}, .seed = -7,
            .stream = "s", .device = "cuda:1", .precision = "bfloat16", .chunk = Chunk{3, 11},
            .gather = {{{"out", digest(2)}}, {{"out", digest(3)}, {"second", digest(4)}}}, .store = "/store", .checkpoints = "/c",
            .place = {.rank = 1, .size = 3, .local_rank = 1, .address = "host", .port = 5, .attempt = 2, .serial = 4}};
  unit.inputs = {{"empty", {}}, {"in", {digest(5), digest(6)}}};
  unit.components = std::make_shared<const ComponentFiles>(ComponentFiles{{"a.net", "/p/a.so"}, {"b.net", "/p/b.so"}});
  return unit;
}

/// The unit as the other end of a socket gets it.
Json received(const Unit& unit, bool knows_components) {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  send_unit(ends[0], unit, knows_components);
  FrameReader frames;
  CHECK(frames.take(ends[1]));
  const auto frame = frames.next();
  CHECK(frames.take(ends[1]));  // nothing there: no wait
  ::close(ends[0]);
  CHECK_FALSE(frames.take(ends[1]));
  ::close(ends[1]);
  REQUIRE(frame);
  CHECK(frame->at("what") == "run");
  return frame->at("unit");
}

}  // namespace

TEST_CASE("a unit arrives as it was sent, and is its JSON", "[contract][unit]") {
  const Unit unit = full_unit();
  const Json sent = to_json(unit), arrived = received(unit, false);
  CHECK(arrived == sent);
  CHECK(to_json(unit_from_json(arrived)) == sent);
  const Unit read = unit_from_json(arrived);
  CHECK(read.node == unit.node);
  CHECK(read.params == unit.params);
  CHECK(read.inputs == unit.inputs);
  CHECK(read.gather == unit.gather);
  CHECK(read.chunk->end == 11);
  CHECK(read.place.serial == 4);
  CHECK(*read.components == *unit.components);
}

TEST_CASE("components a worker knows are not sent again", "[contract][unit]") {
  const Json arrived = received(full_unit(), true);
  CHECK_FALSE(arrived.contains("components"));
  CHECK(unit_from_json(arrived).components->empty());
}

TEST_CASE("what is sent is JSON whatever bytes are in it", "[contract][json_text]") {
  Unit unit = full_unit();
  unit.checkpoints = "/latin \xe9/a";
  CHECK(received(unit, false).at("checkpoints") == "/latin \xef\xbf\xbd/a");
}

TEST_CASE("a unit that lacks a field or has one of a wrong type is refused", "[contract][unit]") {
  for (const char* field : {"node", "params", "inputs", "seed", "gather", "checkpoints"}) {
    Json json = to_json(full_unit());
    json.erase(field);
    CHECK_THROWS_AS(unit_from_json(json), Error);
    json[field] = true;
    if (std::string(field) != "params") CHECK_THROWS_AS(unit_from_json(json), Error);
  }
}
