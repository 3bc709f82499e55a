// What does the store cost per node? Keys, a durable small result, and finding it again.
//
//   bench_store_costs FOLDER        FOLDER is made and removed
//
// Each line is the median over rounds, by the clock and in CPU time (which other programs disturb less); one fsync of a
// small file stands beside as the machine's own limit.
#include <bgraph/core/plan/preimage.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/store.h>
#include <fmt/format.h>

#include <time.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

namespace {

using namespace bgraph;
namespace fs = std::filesystem;

constexpr int kNodes = 500, kRounds = 11;

struct Cost {
  double wall_us = 0, cpu_us = 0;
};

double clock_us(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + kRounds / 2, values.end());
  return values[kRounds / 2];
}

/// Medians over rounds of the time per call.
template <class Work>
Cost per_call(int calls, Work work) {
  std::vector<double> wall, cpu;
  for (int round = 0; round < kRounds; ++round) {
    const double wall_start = clock_us(CLOCK_MONOTONIC), cpu_start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    for (int call = 0; call < calls; ++call) work(round * calls + call);
    wall.push_back((clock_us(CLOCK_MONOTONIC) - wall_start) / calls);
    cpu.push_back((clock_us(CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / calls);
  }
  return {median(wall), median(cpu)};
}

plan::Recipe recipe_of(int node) {
  return {.type = "voxels.noise_ceiling", .build_id = std::string(40, 'b'),
          .params = {{"trials", node}, {"floor", 0.5}, {"name", "a text"}}, .draws = true, .stream = "stream"};
}

std::string key_of(int node) { return plan::key_of(recipe_of(node), {{"ncsnr", {Digest{}}}}); }

void put(const store::Store& store, int node) {
  store::Publication draft(store, "bench");
  const std::string text = "value " + std::to_string(node);
  std::ofstream(draft.folder() / "text.txt") << text;
  ValueHeader header{.type = "Text"};
  header.files.push_back({"text.txt", static_cast<int64_t>(text.size()), digest_blocks(std::as_bytes(std::span(text)))});
  const Digest digest = draft.publish(header);
  store.publish({.key = key_of(node), .type = "bench.text", .node = "n", .outputs = {{"out", digest}}});
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    fmt::print(stderr, "bench_store_costs FOLDER\n");
    return 2;
  }
  const fs::path folder = words[1];
  const store::Store store(folder / "store");
  store.prepare();
  fmt::print("{:<52} {:>10} {:>10}\n", "microseconds per call", "wall", "cpu");
  const auto line = [](const char* what, const Cost& cost) {
    fmt::print("{:<52} {:>10.2f} {:>10.2f}\n", what, cost.wall_us, cost.cpu_us);
  };
  line("one fsync of a new small file", per_call(kNodes / 10, [&](int i) {
         store::write_durably(folder / ("file" + std::to_string(i)), "value");
       }));
  std::vector<plan::Recipe> recipes;
  for (int node = 0; node < kRounds * kNodes; ++node) recipes.push_back(recipe_of(node));
  const plan::Inputs inputs = {{"ncsnr", {Digest{}}}};
  line("key of a node, from its parameters and inputs",
       per_call(kNodes, [&](int i) { plan::key_of(recipes[static_cast<size_t>(i)], inputs); }));
  line("put: value, record, both on disk", per_call(kNodes / 10, [&](int i) { put(store, i); }));
  const int there = kRounds * (kNodes / 10);
  std::vector<std::string> keys;
  for (int i = 0; i < there; ++i) keys.push_back(key_of(i));
  const auto key = [&](int i) -> const std::string& { return keys[static_cast<size_t>(i % there)]; };
  line("get by key, first look of a process", per_call(1, [&](int i) { store::Store(folder / "store").known(key(i)); }));
  store::Store warm(folder / "store");
  line("get by key, index read", per_call(kNodes, [&](int i) { warm.known(key(i)); }));
  line("get by key, from the records", per_call(kNodes, [&](int i) { warm.find(key(i)); }));
  fs::remove_all(folder);
}
