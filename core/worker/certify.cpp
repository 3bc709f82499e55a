#include <bgraph/core/worker/certify.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/store.h>
#include <bgraph/core/worker/no_checkpoint.h>
#include <bgraph/core/worker/node_scratch.h>
#include <bgraph/core/worker/profile.h>
#include <bgraph/core/worker/unit_setup.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>
#include <bgraph/sdk/host/host_context.h>
#include <bgraph/sdk/host/run_node.h>

#include <ATen/ops/isnan.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <thread>

namespace bgraph::worker {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double kTooShort_s = 0.05;  // a node that is over by then needs no cancelling

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// A context that tells nobody and can be asked to stop at a moment of our choice.
class TrialContext final : public HostContext {
 public:
  TrialContext(PluginHost& plugins, const Unit& unit) : HostContext(plugins, setup_of(unit)), store_(unit.store) {}

  void progress(int64_t, int64_t, const std::string&) override {}
  void log(const std::string&) override {}
  void warn(const std::string&) override { warned = true; }
  void metric(const std::string&, int64_t, double) override {}
  bool cancelled() const override { return stop; }
  Checkpoint& checkpoint() override { return checkpoint_; }
  std::filesystem::path scratch() override { return scratch_.path(); }
  std::shared_ptr<const Value> open(const Digest& digest) override {
    return std::make_shared<const Value>(read_value(store_.value_folder(digest)));
  }

  std::atomic<bool> stop = false, warned = false;

 private:
  store::Store store_;
  NoCheckpoint checkpoint_;
  NodeScratch scratch_;
};

class Trial {
 public:
  Trial(PluginHost& plugins, const Unit& unit) : plugins_(plugins), unit_(unit) {
    const store::Store store(unit.store);
    for (const auto& [port, digests] : unit.inputs)
      for (const auto& digest : digests)
        inputs_[port].push_back({std::make_shared<const Value>(read_value(store.value_folder(digest))), digest});
  }

  Json run() {
    Json answer = {{"node", unit_.node}};
    const auto start = Clock::now();
    const auto reference = digests(inputs_);
    const double taken = seconds_since(start);
    answer["seconds"] = taken;
    answer["inputs"] = changed_input();
    answer["pure"] = difference(reference, digests(inputs_));
    answer["threads"] = two_at_once(reference);
    answer["cancel_s"] = time_to_stop(taken);
    answer["nan"] = with_nan();
    return answer;
  }

 private:
  using Digests = std::map<std::string, Digest>;

  NodeOutputs outputs(const NodeInputs& inputs, TrialContext& ctx) {
    std::unique_ptr<Node> node;
    {
      const std::lock_guard lock(making_);  // the host keeps its books for one thread
      node = plugins_.make_node(unit_.type, unit_.params);
    }
    return run_node(*node, inputs, std::nullopt, ctx);
  }

  Digests digests(const NodeInputs& inputs) {
    TrialContext ctx(plugins_, unit_);
    Digests found;
    for (const auto& [port, value] : outputs(inputs, ctx)) found[port] = header_of(value).digest();
    return found;
  }

  static std::string difference(const Digests& reference, const Digests& again) {
    for (const auto& [port, digest] : reference)
      if (again.at(port) != digest) return "output '" + port + "' differs";
    return {};
  }

  std::string changed_input() const {
    for (const auto& [port, values] : inputs_)
      for (const auto& stored : values)
        if (header_of(*stored.value).digest() != stored.digest) return "input '" + port + "' was written to";
    return {};
  }

  std::string two_at_once(const Digests& reference) {
    Digests found[2];
    std::string problem[2];
    const auto work = [&](int which) {
      try {
        found[which] = digests(inputs_);
      } catch (const std::exception& error) {
        problem[which] = error.what();
      }
    };
    std::thread other(work, 1);
    work(0);
    other.join();
    for (int which : {0, 1}) {
      if (!problem[which].empty()) return problem[which];
      if (const std::string text = difference(reference, found[which]); !text.empty()) return text;
    }
    return {};
  }

  Json time_to_stop(double taken) {
    if (taken < kTooShort_s) return nullptr;
    TrialContext ctx(plugins_, unit_);
    Clock::time_point asked{};
    std::atomic<bool> over = false;
    std::thread asker([&] {
      const auto until = Clock::now() + std::chrono::duration<double>(taken / 4);
      while (!over && Clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      asked = Clock::now();
      ctx.stop = true;
    });
    bool cancelled = false;
    try {
      outputs(inputs_, ctx);
    } catch (const Cancelled&) {
      cancelled = true;
    } catch (const std::exception&) {
    }
    const auto end = Clock::now();
    over = true;
    asker.join();
    if (!cancelled && end <= asked) return nullptr;
    return std::chrono::duration<double>(end - asked).count();
  }

  /// The same inputs with one number of every floating-point tensor not a number.
  NodeInputs spoiled(bool& any) const {
    NodeInputs inputs = inputs_;
    for (auto& [port, values] : inputs)
      for (auto& stored : values) {
        if (stored.value->type == Model::kType) continue;
        Value copy = *stored.value;
        for (auto& [name, tensor] : copy.tensors) {
          if (!tensor.is_floating_point() || tensor.numel() == 0) continue;
          tensor = tensor.clone();
          tensor.view({-1}).select(0, tensor.numel() / 2).fill_(std::nan(""));
          any = true;
        }
        stored.value = std::make_shared<const Value>(std::move(copy));
      }
    return inputs;
  }

  std::string with_nan() {
    bool any = false;
    const NodeInputs inputs = spoiled(any);
    if (!any) return "no numbers";
    TrialContext ctx(plugins_, unit_);
    try {
      for (const auto& [port, value] : outputs(inputs, ctx))
        for (const auto& [name, tensor] : value.tensors)
          if (tensor.is_floating_point() && at::isnan(tensor).any().item<bool>()) return "passes";
    } catch (const std::exception& error) {
      return std::string("refused: ") + error.what();
    }
    return ctx.warned ? "absorbed with a warning" : "absorbed";
  }

  PluginHost& plugins_;
  const Unit& unit_;
  NodeInputs inputs_;
  std::mutex making_;
};

}  // namespace

void certify(const std::filesystem::path& units) {
  set_up_numerics();
  PluginHost plugins;
  for (const auto& json : Json::parse(store::read_text(units))) {
    const Unit unit = unit_from_json(json);
    Json answer;
    try {
      plugins.offer_components(*unit.components);
      plugins.load(unit.plugin);
      answer = Trial(plugins, unit).run();
    } catch (const std::exception& error) {
      answer = {{"node", unit.node}, {"error", error.what()}};
    }
    std::puts(answer.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    std::fflush(stdout);
  }
}

}  // namespace bgraph::worker
