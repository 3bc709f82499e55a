#include <bgraph/core/worker/serve.h>

#include <bgraph/core/store/store.h>
#include <bgraph/core/worker/parent.h>
#include <bgraph/core/worker/profile.h>
#include <bgraph/core/worker/unit_context.h>
#include <bgraph/core/worker/unit_setup.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/host/run_node.h>
#include <malloc.h>

#include <fstream>

namespace bgraph::worker {

namespace {

constexpr char kCurves[] = "curves";  // every node has this output when it reported metrics

/// Highest resident memory since reset_peak(), in MiB (Linux: VmHWM, reset by writing 5 to clear_refs). What earlier units
/// freed goes back to the system first, or it would count as the next one's.
void reset_peak() {
  constexpr size_t kKept = 32u << 20;  // not worth the time
  if (::mallinfo2().fordblks > kKept) ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;
}

double peak_mib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

class Server {
 public:
  explicit Server(Link& link) : link_(link) {}

  void run(const Unit& unit) {
    const auto start = Clock::now();
    reset_peak();
    const store::Store store(unit.store);
    plugins_.offer_components(*unit.components);
    plugins_.load(unit.plugin);
    const auto node = plugins_.make_node(unit.type, unit.params);
    ranks_.reset();  // those of a unit that failed: control has ended its other ranks by now
    ranks_ = unit.place.size > 1 ? std::make_unique<Ranks>(unit.place, device_of(unit)) : std::make_unique<Ranks>();
    UnitContext ctx(unit, plugins_, link_, store, cache_, *ranks_);
    NodeOutputs outputs = unit.gather.empty() ? computed(unit, *node, ctx, store) : joined(unit, *node, store);
    if (unit.place.size > 1 && !ranks_->used() && ranks_->first())
      ctx.warn("`ranks = " + std::to_string(unit.place.size) + "` changed nothing: this node shares no work");
    Json digests = Json::object();
    const auto computed_at = Clock::now();
    if (ranks_->first())
      for (const auto& [port, value] : outputs) digests[port] = publish(unit, store, value);
    ranks_.reset();
    link_.send({{"what", "done"}, {"outputs", digests}, {"seconds", since(start)}, {"opened_s", opened_s_},
                {"published_s", since(computed_at)}, {"peak_mib", peak_mib()}, {"warnings", ctx.warnings()},
                {"profile", numeric_profile(unit.place.size)}});
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

  NodeOutputs computed(const Unit& unit, Node& node, UnitContext& ctx, const store::Store& store) {
    const auto start = Clock::now();
    NodeInputs inputs;
    for (const auto& [port, digests] : unit.inputs)
      for (const auto& digest : digests) inputs[port].push_back({cache_.open(store, digest), digest});
    opened_s_ = since(start);
    std::optional<std::pair<int64_t, int64_t>> chunk;
    if (unit.chunk) chunk = {unit.chunk->begin, unit.chunk->end};
    NodeOutputs outputs = run_node(node, inputs, chunk, ctx);
    if (const Table curves = ctx.curves(); !curves.rows.empty() && !unit.chunk)
      outputs[kCurves] = curves.to_value();
    return outputs;
  }

  NodeOutputs joined(const Unit& unit, Node& node, const store::Store& store) {
    std::vector<NodeOutputs> chunks;
    for (const auto& part : unit.gather) {
      NodeOutputs outputs;
      for (const auto& [port, digest] : part) outputs[port] = *cache_.open(store, digest);
      chunks.push_back(std::move(outputs));
    }
    return join_chunks(node, chunks);
  }

  std::string publish(const Unit& unit, const store::Store& store, const Value& value) {
    store::Publication draft(store, unit.node);
    write_payload(value, draft.folder());
    ValueHeader header = header_of(value);
    header.provenance = {{"key", unit.key}, {"type", unit.type}, {"params", unit.params},
                         {"seed", unit.seed}, {"stream", unit.stream}, {"profile", numeric_profile(unit.place.size)}};
    return draft.publish(header).hex();
  }

  Link& link_;
  PluginHost plugins_;
  ValueCache cache_;
  std::unique_ptr<Ranks> ranks_;
  double opened_s_ = 0;  // what opening the inputs of the last unit took
};

Json failed(const std::string& message, const std::string& fix, const std::vector<std::string>& context,
            bool cancelled) {
  return {{"what", "failed"}, {"message", message}, {"fix", fix}, {"context", context}, {"cancelled", cancelled}};
}

}  // namespace

void serve(int socket) {
  die_with_parent();
  set_up_numerics();
  Link link(socket);
  Server server(link);
  link.send({{"what", "ready"}, {"profile", numeric_profile()}});
  while (const auto unit = link.next()) {
    try {
      server.run(*unit);
    } catch (const Cancelled&) {
      link.send(failed("stopped", "run the same command again to go on", {}, true));
    } catch (const Error& error) {
      link.send(failed(error.what(), error.fix(), error.context(), false));
    } catch (const std::exception& error) {
      link.send(failed(error.what(), "", {}, false));
    }
  }
}

}  // namespace bgraph::worker
