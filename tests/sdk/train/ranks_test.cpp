#include "../quiet_context.h"

#include <bgraph/sdk/train/ranks.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/dropout.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/train/gradient_buckets.h>
#include <bgraph/sdk/train/loop.h>
#include <torch/types.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

using namespace bgraph;

namespace {

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

/// body(ranks) once per rank, each on a thread of its own: to gloo they are processes like any other. What they give
/// is looked at afterwards, since Catch checks on one thread.
template <class Body>
auto together(int size, Body body) {
  const int port = free_port();
  std::vector<decltype(body(Ranks()))> given(static_cast<size_t>(size));
  std::vector<std::thread> threads;
  std::exception_ptr problem;
  std::mutex guard;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      try {
        const Ranks ranks({.rank = rank, .size = size, .address = "127.0.0.1", .port = port}, at::kCPU);
        given[static_cast<size_t>(rank)] = body(ranks);
      } catch (...) {
        const std::lock_guard lock(guard);
        problem = std::current_exception();
      }
    });
  for (auto& thread : threads) thread.join();
  if (problem) std::rethrow_exception(problem);
  return given;
}

/// What rank 0 saves is there for all, as in a shared store.
struct Shelf {
  std::mutex guard;
  std::optional<Value> saved;
};

class RankContext final : public testing::QuietContext, public HasRanks, private Checkpoint {
 public:
  RankContext(const Ranks& ranks, Shelf& shelf, int64_t stop_after = -1)
      : ranks_(ranks), shelf_(shelf), left_(stop_after) {}
  std::map<std::string, std::map<int64_t, double>> curves;

  const Ranks& ranks() const override { return ranks_; }
  void metric(const std::string& name, int64_t step, double value) override { curves[name][step] = value; }
  bool cancelled() const override { return ranks_.first() && left_ == 0; }  // a signal reaches one of them
  Checkpoint& checkpoint() override { return *this; }

 private:
  std::optional<Value> load() override {
    const std::lock_guard lock(shelf_.guard);
    return shelf_.saved;
  }
  bool due() override { return ranks_.first() && left_ >= 0 && --left_ <= 0; }
  void save(const Value& state) override {
    const std::lock_guard lock(shelf_.guard);
    shelf_.saved = state;
    shelf_.saved->meta = Json::parse(state.meta.dump());
  }

  const Ranks& ranks_;
  Shelf& shelf_;
  int64_t left_;
};

struct Trained {
  std::map<std::string, std::map<int64_t, double>> curves;
  at::Tensor first, second;
};

/// A perceptron [B, 4] -> [B, 3] with dropout that must tell the rows of a batch of 7 apart (InfoNCE).
Trained contrast(const Ranks& ranks, Shelf& shelf, int64_t stop_after = -1) {
  RankContext ctx(ranks, shelf, stop_after);
  Trained net;
  net.first = ctx.rng("first", 0, 0).normal({4, 5}).set_requires_grad(true);
  net.second = ctx.rng("second", 0, 0).normal({5, 3}).set_requires_grad(true);
  const at::Tensor inputs = ctx.rng("inputs", 0, 0).normal({40, 4}), targets = ctx.rng("targets", 0, 0).normal({40, 3});
  const auto loss_of = [&](const at::Tensor& rows, Rng* dropping) {
    const RowShare mine = ranks.share(rows.numel());
    const RowScope scope(mine);
    at::Tensor hidden = inputs.index_select(0, rows.narrow(0, mine.begin, mine.count)).matmul(net.first).tanh();
    if (dropping) hidden = dropout(hidden, 0.2, *dropping);
    const at::Tensor logits = ranks.gather(hidden.matmul(net.second), mine).matmul(targets.index_select(0, rows).t());
    return (logits.logsumexp(1) - logits.diagonal()).mean();
  };
  const auto schedule = cosine_rate(0.05, 3);
  train(ctx, {{"first", net.first}, {"second", net.second}}, *schedule, {.epochs = 3, .steps = 5, .average = 0.5},
        [&](const TrainStep& at) {
          Rng dropping = ctx.rng("dropout", at.epoch, at.step);
          return loss_of(ctx.rng("batch", at.epoch, at.step).integers(40, {7}), &dropping);
        },
        [&] { return (inputs.matmul(net.first).tanh().matmul(net.second) - targets).square().mean().item<double>(); });
  net.curves = ctx.curves;
  return net;
}

}  // namespace

TEST_CASE("one rank and several ranks give the same curve for the same batches", "[train][ranks]") {
  Shelf none;
  const Trained alone = contrast(Ranks(), none);
  REQUIRE(alone.curves.at("loss").size() == 15);
  const int size = GENERATE(2, 3);
  const auto of = together(size, [&](const Ranks& ranks) { return contrast(ranks, none); });
  for (const auto& [name, points] : alone.curves)
    for (const auto& [step, value] : points)  // float32 sums in another order, 15 steps of Adam
      CHECK(std::abs(of[0].curves.at(name).at(step) - value) < 1e-4 * std::abs(value));
  CHECK(at::allclose(of[0].first, alone.first, 1e-3, 1e-4));
  for (const auto& other : of) {  // and among themselves they agree to the bit
    CHECK(at::equal(other.first, of[0].first));
    CHECK(at::equal(other.second, of[0].second));
  }
}

TEST_CASE("ranks that are stopped and started again end in the same bits", "[train][ranks]") {
  Shelf none, shelf;
  const auto whole = together(2, [&](const Ranks& ranks) { return contrast(ranks, none); });
  const auto stopped = together(2, [&](const Ranks& ranks) {
    try {
      contrast(ranks, shelf, 6);
    } catch (const Cancelled&) {
      return 1;
    }
    return 0;
  });
  CHECK(stopped == std::vector<int>{1, 1});
  REQUIRE(shelf.saved.has_value());
  const auto continued = together(2, [&](const Ranks& ranks) { return contrast(ranks, shelf); });
  CHECK(at::equal(whole[0].second, continued[1].second));
}

TEST_CASE("gathered rows carry the gradient of every rank's loss", "[train][ranks]") {
  const at::Tensor rows = Rng(1, "ranks", "rows", 0, 0).normal({5, 2});
  const at::Tensor weights = Rng(1, "ranks", "weights", 0, 0).normal({3, 5, 2});  // each rank has a loss of its own
  const auto seen = together(3, [&](const Ranks& ranks) {
    const RowShare mine = ranks.share(5);  // 1, 2 and 2 rows
    at::Tensor own = rows.narrow(0, mine.begin, mine.count).clone().set_requires_grad(true);
    const at::Tensor all = ranks.gather(own, mine);
    (all * weights[ranks.rank()]).sum().backward();
    return std::vector<at::Tensor>{all.detach(), own.grad()};
  });
  for (const auto& rank : seen) CHECK(at::equal(rank[0], rows));
  CHECK(at::allclose(at::cat({seen[0][1], seen[1][1], seen[2][1]}), weights.sum(0)));
}

TEST_CASE("buckets average gradients, most of them while backward goes on", "[train][ranks]") {
  struct Seen {
    std::vector<at::Tensor> gradients;
    int64_t buckets = 0, overlapped = 0;
  };
  const auto seen = together(2, [&](const Ranks& ranks) {
    NamedTensors parameters;
    for (const char* name : {"p0", "p1", "p2", "p3", "unused"}) parameters[name] = at::ones({40}).set_requires_grad(true);
    Adam adam(parameters, {});
    GradientBuckets buckets(ranks, adam.parameters(), adam.gradients(), 40);
    Seen seen;
    for (int step = 0; step < 2; ++step) {
      at::Tensor chain = at::ones({40});
      for (const char* name : {"p0", "p1", "p2", "p3"}) chain = chain * parameters.at(name);
      ((1.0 + ranks.rank()) * chain).sum().backward({}, /*retain_graph=*/true);  // a step in two pieces
      buckets.expect();
      (ranks.rank() * chain).sum().backward();  // gradients 1 and 3 in all
      buckets.finish();
      for (const auto& [name, parameter] : parameters) seen.gradients.push_back(parameter.grad().clone());
      adam.step(0.0);
    }
    seen.buckets = buckets.size();
    seen.overlapped = buckets.overlapped();
    return seen;
  });
  for (const auto& rank : seen) {
    CHECK(rank.buckets == 5);
    CHECK(rank.overlapped == 4);  // all but the one that never gets a gradient
    for (size_t i = 0; i < rank.gradients.size(); ++i)
      CHECK(at::equal(rank.gradients[i], at::full({40}, i % 5 == 4 ? 0.0 : 2.0)));
  }
}

TEST_CASE("of fewer rows than ranks every rank does all", "[train][ranks]") {
  for (const RowShare& share : together(3, [](const Ranks& ranks) { return ranks.share(2); })) {
    CHECK(share.whole());
    CHECK(share.weight() == 1.0);
  }
}
