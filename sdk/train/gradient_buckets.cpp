#include <bgraph/sdk/train/gradient_buckets.h>

#include <bgraph/sdk/train/collectives.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/types.h>

#include <algorithm>
#include <numeric>

namespace bgraph {

using torch::autograd::variable_list;

struct GradientBuckets::State {
  struct Bucket {
    at::Tensor slice;
    int64_t parameters = 0;
    int64_t arrived = 0;  // in this step
    std::function<void()> wait;
  };

  struct Hook {
    std::shared_ptr<torch::autograd::Node> node;  // a parameter holds its own weakly
    uintptr_t key;
  };

  const Ranks& ranks;
  std::vector<Bucket> buckets;
  std::vector<size_t> order, became_ready;  // of starting; of the first step
  size_t started = 0;
  bool learned = false, expected = false;
  std::vector<Hook> hooks;

  explicit State(const Ranks& ranks) : ranks(ranks) {}

  void arrived(size_t index) {
    if (!expected) return;
    Bucket& bucket = buckets[index];
    if (++bucket.arrived < bucket.parameters) return;
    if (!learned) became_ready.push_back(index);
    start(false);
  }

  /// Those whose turn it is: complete ones, or at the end all.
  void start(bool all) {
    for (; started < order.size(); ++started) {
      Bucket& bucket = buckets[order[started]];
      if (!all && bucket.arrived < bucket.parameters) return;
      bucket.wait = ranks.gradients()->start_sum(bucket.slice);
    }
  }

  /// Rank 0's order, which the others follow; buckets that never became ready come last.
  void learn() {
    learned = true;
    for (const size_t index : order)
      if (std::find(became_ready.begin(), became_ready.end(), index) == became_ready.end()) became_ready.push_back(index);
    at::Tensor said = at::empty({static_cast<int64_t>(order.size())}, at::kLong);
    for (size_t i = 0; i < order.size(); ++i) said[static_cast<int64_t>(i)] = static_cast<int64_t>(became_ready[i]);
    said = said.to(buckets.front().slice.device());
    ranks.of_first(said);
    said = said.cpu();
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<size_t>(said[static_cast<int64_t>(i)].item<int64_t>());
  }
};

GradientBuckets::GradientBuckets(const Ranks& ranks, const NamedTensors& parameters, const at::Tensor& buffer,
                                 int64_t numbers_per_bucket)
    : state_(std::make_unique<State>(ranks)) {
  if (ranks.size() == 1) return;
  State& state = *state_;
  std::vector<std::pair<int64_t, at::Tensor>> placed;  // offset in the buffer -> parameter
  for (const auto& [name, parameter] : parameters)
    placed.emplace_back(parameter.grad().storage_offset() - buffer.storage_offset(), parameter);
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

  std::vector<size_t> bucket_of;
  int64_t begin = 0;
  for (size_t i = 0; i < placed.size(); ++i) {
    const bool last = i + 1 == placed.size();
    const int64_t end = last ? buffer.numel() : placed[i + 1].first;
    bucket_of.push_back(state.buckets.size());
    if (!last && end - begin < numbers_per_bucket) continue;
    state.buckets.push_back({.slice = buffer.narrow(0, begin, end - begin)});
    begin = end;
  }
  state.order.resize(state.buckets.size());
  std::iota(state.order.rbegin(), state.order.rend(), size_t{0});
  for (size_t i = 0; i < placed.size(); ++i) {
    const size_t bucket = bucket_of[i];
    ++state.buckets[bucket].parameters;
    auto node = torch::autograd::impl::grad_accumulator(placed[i].second);
    const uintptr_t key = node->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
        [&state, bucket](const variable_list& outputs, const variable_list&) {
          state.arrived(bucket);
          return outputs;
        }));
    state.hooks.push_back({std::move(node), key});
  }
}

GradientBuckets::~GradientBuckets() {
  for (const auto& hook : state_->hooks) hook.node->del_post_hook(hook.key);
}

void GradientBuckets::expect() { state_->expected = true; }

void GradientBuckets::finish() {
  State& state = *state_;
  if (state.buckets.empty()) return;
  overlapped_ = static_cast<int64_t>(state.started);
  state.start(true);
  for (auto& bucket : state.buckets) {
    bucket.wait();
    bucket.slice.div_(state.ranks.size());
    bucket.arrived = 0;
  }
  state.started = 0;
  state.expected = false;
  if (!state.learned) state.learn();
}

int64_t GradientBuckets::size() const { return static_cast<int64_t>(state_->buckets.size()); }

}  // namespace bgraph
