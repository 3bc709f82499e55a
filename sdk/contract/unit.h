// The unit of work and the frames between control and worker.
//
//   node + parameters + input digests + seed  ->  output digests
//
// A unit is complete in itself: the same JSON runs in a local worker, under a batch system, or again under
// a debugger. Frames are a 4-byte little-endian length and that many bytes of JSON over a stream socket.
#pragma once

#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/contract/manifest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bgraph {

/// The rows [begin, end) of the map input that one chunk of a map node works on.
struct Chunk {
  int64_t begin = 0;
  int64_t end = 0;
};

/// Which of the processes that run one unit together this is. Rank 0 publishes, the others only help.
struct RankPlace {
  int rank = 0;
  int size = 1;
  int local_rank = 0;   // among those of its machine: chooses the GPU
  std::string address;  // where rank 0 listens
  int port = 0;
  bool hosted = false;  // somebody else listens there: torchrun's agent
  int attempt = 0;      // torchrun's restarts: what was said before one is over
  int serial = 0;       // of the units for which the ranks met there
};

Json to_json(const RankPlace& place);
RankPlace rank_place_from_json(const Json& json);  // Error when a field is missing or of a wrong type

using ComponentFiles = std::map<std::string, std::string>;  // component type -> plugin file that offers it

struct Unit {
  std::string node;    // name in the graph, for messages only
  std::string type;    // node type
  std::string plugin;  // file of the plugin that offers the type
  std::string key;     // hex key under which the outputs are published
  Json params = Json::object();                      // canonical, complete
  std::map<std::string, std::vector<Digest>> inputs;  // per port, in order
  int64_t seed = 0;
  std::string stream;              // names the random stream; default: the node type
  std::string device = "cpu";      // "cpu", "cuda:0"
  std::string precision = "float32";
  std::optional<Chunk> chunk;      // a map node's share of its items
  std::vector<std::map<std::string, Digest>> gather;  // outputs of all chunks, to be joined, in order
  std::string store;               // root of the store
  std::string checkpoints;         // folder for this unit's checkpoints
  std::shared_ptr<const ComponentFiles> components = std::make_shared<const ComponentFiles>();  // one list for all units
  RankPlace place;                     // alone, but for a node with `ranks`
};

Json to_json(const Unit& unit);
Unit unit_from_json(const Json& json);  // Error when a field is missing or of a wrong type

/// The output, a Table, that every node has on top of its own once it reported metrics.
inline constexpr char kCurvesPort[] = "curves";

/// What control tells a worker ("run", "stop", "quit") and a worker tells control
/// ("ready", "progress", "log", "metric", "done", "failed"), as the "what" of a JSON object:
///   run      unit; without `components` those of the unit before are there too
///   stop     {}                     checkpoint, then answer "failed" with cancelled = true
///   ready    profile                numeric profile of the worker, once after start
///   progress done, total, note
///   log      level, text            level: "info" or "warning"
///   metric   name, step, value
///   done     outputs {port: digest}, seconds, peak_mib, warnings, profile (under which it ran)
///   failed   message, fix, context, cancelled
void send_frame(int socket, const Json& frame);  // Error when the other side is gone
/// The frame "run". `knows_components`: the worker has had a unit with the same ones.
void send_unit(int socket, const Unit& unit, bool knows_components = false);

/// Collects bytes until whole frames are there.
class FrameReader {
 public:
  /// Waits for bytes and takes what is there. False once the other side has closed.
  bool fill(int socket);
  /// The same without waiting.
  bool take(int socket);
  /// The next whole frame, if there is one. Error for a frame above 256 MiB or malformed JSON.
  std::optional<Json> next();

 private:
  bool receive(int socket, int flags);
  std::string buffer_;
};

}  // namespace bgraph
