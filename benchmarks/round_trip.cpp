// What does it cost to hand a unit to a worker and to hear that it is done, and does it matter how large its inputs are?
//
//   bench_round_trip FOLDER        FOLDER is made and removed
//
// The worker is this program, started by a pool without arguments: it maps every input of the unit, reads one byte of it and answers. Inputs
// travel as digests, so that 1 KiB and 256 MiB should cost the same. Beside it the machine's own limit: two processes that send each other
// as many bytes over a socket.
#include <bgraph/core/run/pool.h>
#include <bgraph/core/store/store.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/unit.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace bgraph;
namespace fs = std::filesystem;

constexpr int kSocket = 3, kTrips = 300, kRounds = 11;
constexpr int kComponents = 25;  // as many as come with bgraph
constexpr char kFile[] = "payload.bin";

[[noreturn]] void serve() {
  send_frame(kSocket, {{"what", "ready"}, {"profile", Json::object()}});
  FrameReader frames;
  for (;;) {
    auto frame = frames.next();
    if (!frame) {
      if (!frames.fill(kSocket)) ::_exit(0);
      continue;
    }
    if (frame->value("what", "") == "quit") ::_exit(0);
    if (frame->value("what", "") != "run") continue;
    const Unit unit = unit_from_json(frame->at("unit"));
    const store::Store store(unit.store);
    int touched = 0;
    for (const auto& [port, digests] : unit.inputs)
      for (const auto& digest : digests) {
        const MappedFile mapped(store.value_folder(digest) / kFile);
        touched += static_cast<int>(mapped.bytes()[mapped.bytes().size() / 2]);
      }
    send_frame(kSocket, {{"what", "done"}, {"outputs", Json::object()}, {"seconds", 0.0}, {"peak_mib", touched}, {"warnings", Json::array()}});
  }
}

double clock_us(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

/// Medians over rounds, and the quickest round, of the time per trip.
template <class Trip>
void line(const std::string& what, Trip trip) {
  std::vector<double> wall, cpu;
  for (int round = 0; round < kRounds; ++round) {
    const double wall_start = clock_us(CLOCK_MONOTONIC), cpu_start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < kTrips; ++i) trip();
    wall.push_back((clock_us(CLOCK_MONOTONIC) - wall_start) / kTrips);
    cpu.push_back((clock_us(CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / kTrips);
  }
  std::sort(wall.begin(), wall.end()), std::sort(cpu.begin(), cpu.end());
  fmt::print("{:<44} {:>10.1f} {:>10.1f} {:>10.1f}\n", what, wall[0], wall[kRounds / 2], cpu[kRounds / 2]);
}

/// The file is sparse: only its size matters.
Digest value_of(const store::Store& store, uintmax_t bytes) {
  Digest digest;
  digest.bytes.fill(static_cast<uint8_t>(bytes % 251));
  fs::create_directories(store.value_folder(digest));
  std::ofstream(store.value_folder(digest) / kFile) << 'x';
  fs::resize_file(store.value_folder(digest) / kFile, bytes);
  return digest;
}

Unit unit_reading(const store::Store& store, uintmax_t bytes) {
  Unit unit{.node = "n", .type = "bench.echo", .plugin = "none", .key = std::string(64, 'a'), .params = {{"trials", 3}, {"floor", 0.5}}};
  unit.inputs["in"] = {value_of(store, bytes)};
  unit.store = store.root().string();
  ComponentFiles components;
  for (int i = 0; i < kComponents; ++i) {
    const std::string type = fmt::format("bench.component_{}", i);
    components[type] = "/usr/lib/bgraph/plugins/" + type + ".so";
  }
  unit.components = std::make_shared<const ComponentFiles>(std::move(components));
  return unit;
}

void trip(run::Pool& pool, const Unit& unit) {
  pool.assign(unit, {});
  while (pool.busy() > 0) pool.wait(1000);
}

/// Frames of this many bytes there and back, between two processes that do nothing else.
void print_limit(size_t bytes) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return;
  std::vector<char> frame(bytes);
  const auto all = [&](auto call, int end) {
    for (size_t moved = 0; moved < bytes;) {
      const ssize_t count = call(end, frame.data() + moved, bytes - moved);
      if (count <= 0) ::_exit(0);
      moved += static_cast<size_t>(count);
    }
  };
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    for (;;) all(::read, ends[1]), all(::write, ends[1]);
  }
  ::close(ends[1]);
  line(fmt::format("socket alone, {} bytes each way", bytes), [&] { all(::write, ends[0]), all(::read, ends[0]); });
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) serve();
  const store::Store store(fs::path(words[1]) / "store");
  fmt::print("{:<44} {:>10} {:>10} {:>10}\n", "microseconds per round trip", "best wall", "wall", "our cpu");
  {
    run::Pool pool({fs::read_symlink("/proc/self/exe"), 1}, 1);
    for (const uintmax_t bytes : {uintmax_t{1} << 10, uintmax_t{256} << 20}) {
      const Unit unit = unit_reading(store, bytes);
      trip(pool, unit);
      line(fmt::format("unit to a worker and back, input of {} KiB", bytes >> 10), [&] { trip(pool, unit); });
    }
    pool.finish();
  }
  Json sent = to_json(unit_reading(store, 1));
  sent.erase("components");  // known after the first
  print_limit(sent.dump().size());
  fs::remove_all(words[1]);
}
