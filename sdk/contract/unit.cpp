#include <bgraph/sdk/contract/unit.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/json_text.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace bgraph {

namespace {

std::map<std::string, Digest> digests_from_json(const Json& json) {
  std::map<std::string, Digest> outputs;
  for (const auto& [port, digest] : json.items())
    outputs[port] = Digest::from_hex(digest.get<std::string>());
  return outputs;
}

constexpr uint32_t kLargestFrame = 256u << 20;
constexpr size_t kLengthBytes = 4;

enum class Components { all, known };  // to the worker, from a unit before

void append_unit(std::string& text, const Unit& unit, Components components) {
  JsonMembers members(text);
  members.add("node", unit.node).add("type", unit.type).add("plugin", unit.plugin).add("key", unit.key);
  members.add("params", unit.params).add("inputs", unit.inputs).add("seed", unit.seed).add("stream", unit.stream);
  members.add("device", unit.device).add("precision", unit.precision).add("gather", unit.gather);
  members.add("store", unit.store).add("checkpoints", unit.checkpoints);
  if (components == Components::all) members.add("components", *unit.components);
  if (unit.place.size > 1) members.add("place", to_json(unit.place));
  if (unit.chunk) members.add("chunk", std::vector{unit.chunk->begin, unit.chunk->end});
  members.end();
}

/// `frame` begins with room for the length of what follows.
void send_whole(int socket, std::string frame) {
  for (size_t i = 0; i < kLengthBytes; ++i)
    frame[i] = static_cast<char>(((frame.size() - kLengthBytes) >> (8 * i)) & 255);
  for (size_t sent = 0; sent < frame.size();) {
    const ssize_t count = ::send(socket, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(std::string("the other process is gone: ") + std::strerror(errno));
    sent += static_cast<size_t>(count);
  }
}

}  // namespace

Json to_json(const RankPlace& place) {
  return {{"rank", place.rank},       {"size", place.size}, {"local_rank", place.local_rank},
          {"address", place.address}, {"port", place.port}, {"hosted", place.hosted},
          {"attempt", place.attempt}, {"serial", place.serial}};
}

RankPlace rank_place_from_json(const Json& json) {
  try {
    return {json.at("rank"), json.at("size"), json.at("local_rank"), json.at("address"), json.at("port"),
            json.at("hosted"), json.at("attempt"), json.at("serial")};
  } catch (const Json::exception& error) {
    throw Error(std::string("malformed place of a rank: ") + error.what());
  }
}

Json to_json(const Unit& unit) {
  std::string text;
  append_unit(text, unit, Components::all);
  return Json::parse(text);
}

Unit unit_from_json(const Json& json) {
  try {
    Unit unit;
    unit.node = json.at("node");
    unit.type = json.at("type");
    unit.plugin = json.at("plugin");
    unit.key = json.at("key");
    unit.params = json.at("params");
    for (const auto& [port, digests] : json.at("inputs").items()) {
      auto& list = unit.inputs[port];
      for (const auto& digest : digests) list.push_back(Digest::from_hex(digest.get<std::string>()));
    }
    unit.seed = json.at("seed");
    unit.stream = json.at("stream");
    unit.device = json.at("device");
    unit.precision = json.at("precision");
    if (json.contains("chunk")) unit.chunk = Chunk{json.at("chunk").at(0), json.at("chunk").at(1)};
    for (const auto& outputs : json.at("gather")) unit.gather.push_back(digests_from_json(outputs));
    unit.store = json.at("store");
    unit.checkpoints = json.at("checkpoints");
    if (json.contains("components")) unit.components = std::make_shared<const ComponentFiles>(json.at("components"));
    if (json.contains("place")) unit.place = rank_place_from_json(json.at("place"));
    return unit;
  } catch (const Json::exception& error) {
    throw Error(std::string("malformed unit of work: ") + error.what());
  }
}

void send_frame(int socket, const Json& frame) {
  std::string bytes(kLengthBytes, '\0');
  append_json(bytes, frame);  // a stray byte of another encoding in a log line must not end the run
  send_whole(socket, std::move(bytes));
}

void send_unit(int socket, const Unit& unit, bool knows_components) {
  std::string bytes(kLengthBytes, '\0');
  bytes += R"({"what":"run","unit":)";
  append_unit(bytes, unit, knows_components ? Components::known : Components::all);
  bytes += '}';
  send_whole(socket, std::move(bytes));
}

bool FrameReader::receive(int socket, int flags) {
  char block[65536];
  for (;;) {
    const ssize_t count = ::recv(socket, block, sizeof block, flags);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) return false;
    buffer_.append(block, static_cast<size_t>(count));
    if (flags == 0 || count < static_cast<ssize_t>(sizeof block)) return true;
  }
}

bool FrameReader::fill(int socket) { return receive(socket, 0); }

bool FrameReader::take(int socket) { return receive(socket, MSG_DONTWAIT); }

std::optional<Json> FrameReader::next() {
  if (buffer_.size() < kLengthBytes) return std::nullopt;
  uint32_t length = 0;
  for (size_t i = kLengthBytes; i-- > 0;) length = (length << 8) | static_cast<unsigned char>(buffer_[i]);
  if (length > kLargestFrame) throw Error("a worker frame claims " + std::to_string(length) + " bytes");
  if (buffer_.size() < kLengthBytes + length) return std::nullopt;
  const char* body = buffer_.data() + kLengthBytes;
  Json frame = Json::parse(body, body + length, nullptr, false);
  buffer_.erase(0, kLengthBytes + length);
  if (frame.is_discarded()) throw Error("a worker frame is not JSON");
  return frame;
}

}  // namespace bgraph
