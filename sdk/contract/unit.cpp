#include <bgraph/sdk/contract/unit.h>

#include <bgraph/sdk/contract/error.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bgraph {

namespace {

Json digests_to_json(const std::map<std::string, Digest>& outputs) {
  Json json = Json::object();
  for (const auto& [port, digest] : outputs) json[port] = digest.hex();
  return json;
}

std::map<std::string, Digest> digests_from_json(const Json& json) {
  std::map<std::string, Digest> outputs;
  for (const auto& [port, digest] : json.items())
    outputs[port] = Digest::from_hex(digest.get<std::string>());
  return outputs;
}

constexpr uint32_t kLargestFrame = 256u << 20;

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
  Json inputs = Json::object();
  for (const auto& [port, digests] : unit.inputs) {
    inputs[port] = Json::array();
    for (const auto& digest : digests) inputs[port].push_back(digest.hex());
  }
  Json gather = Json::array();
  for (const auto& outputs : unit.gather) gather.push_back(digests_to_json(outputs));
  Json json = {{"node", unit.node},     {"type", unit.type},
               {"plugin", unit.plugin}, {"key", unit.key},
               {"params", unit.params}, {"inputs", inputs},
               {"seed", unit.seed},     {"stream", unit.stream},
               {"device", unit.device}, {"precision", unit.precision},
               {"gather", gather},      {"store", unit.store},
               {"checkpoints", unit.checkpoints},
               {"components", unit.components}};
  if (unit.place.size > 1) json["place"] = to_json(unit.place);
  if (unit.chunk) json["chunk"] = {unit.chunk->begin, unit.chunk->end};
  return json;
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
    unit.components = json.at("components");
    if (json.contains("place")) unit.place = rank_place_from_json(json.at("place"));
    return unit;
  } catch (const Json::exception& error) {
    throw Error(std::string("malformed unit of work: ") + error.what());
  }
}

void send_frame(int socket, const Json& frame) {
  // A stray byte of another encoding in a log line must not end the run: it is replaced.
  const std::string body = frame.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>((body.size() >> shift) & 255);
  bytes += body;
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(std::string("the other process is gone: ") + std::strerror(errno));
    sent += static_cast<size_t>(count);
  }
}

bool FrameReader::fill(int socket) {
  char block[65536];
  for (;;) {
    const ssize_t count = ::recv(socket, block, sizeof(block), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    buffer_.append(block, static_cast<size_t>(count));
    return true;
  }
}

std::optional<Json> FrameReader::next() {
  if (buffer_.size() < 4) return std::nullopt;
  uint32_t length = 0;
  for (int i = 3; i >= 0; --i) length = (length << 8) | static_cast<unsigned char>(buffer_[i]);
  if (length > kLargestFrame) throw Error("a worker frame claims " + std::to_string(length) + " bytes");
  if (buffer_.size() < 4 + size_t{length}) return std::nullopt;
  const Json frame = Json::parse(buffer_.substr(4, length), nullptr, false);
  buffer_.erase(0, 4 + size_t{length});
  if (frame.is_discarded()) throw Error("a worker frame is not JSON");
  return frame;
}

}  // namespace bgraph
