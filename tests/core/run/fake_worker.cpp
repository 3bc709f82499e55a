// A worker without LibTorch and without plugins: speaks the frames of sdk/contract/unit.h and does what the
// node's parameter `act` says, so that crashes, hangs and nonsense can be tried in milliseconds.
//
//   write     outputs (see below)             table     output `out` is a Table with one row
//   crash     SIGSEGV after a log line        exit      exit code 3
//   hang      answers nothing, for ever       garbage   a frame that is not JSON
//   nonsense  a frame of unknown kind         fail      a proper "failed" with context and fix
//   empty     "done" without outputs          wait      works until asked to stop, then answers cancelled
//   nap       as write, after 300 ms          pid, threads   as write, with the process or its thread count in the text
//   grow      takes 8 MiB more every 10 ms, for ever           hold      takes 300 MiB and keeps them
//   resume    leaves a checkpoint and hangs; where there is one, as write
//   rank      as write, with "rank of size" in the text     rank_crash, rank_fail   rank 1 does, the others hang
//
// `out` of a written node is the text file "text.txt": of type test.first the first letter of its input, of
// type test.map one line per row, else the parameter `text` and the texts of all inputs. meta.items counts
// its lines. A chunk whose first row equals the operational parameter `trap` crashes.
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/store.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace bgraph;

constexpr int kSocket = 3;

bool stop_came(FrameReader& frames) {
  pollfd entry{kSocket, POLLIN, 0};
  if (::poll(&entry, 1, 10) > 0 && !frames.fill(kSocket)) ::_exit(0);
  const auto frame = frames.next();
  return frame && frame->value("what", "") == "stop";
}

std::string text_in(const store::Store& store, const Digest& digest) {
  return store::read_text(store.value_folder(digest) / "text.txt");
}

Digest write(const store::Store& store, const std::string& type, const std::string& file,
             const std::string& content) {
  store::Publication draft(store, "fake");
  std::ofstream(draft.folder() / file) << content;
  ValueHeader header;
  header.type = type;
  header.meta["items"] = std::count(content.begin(), content.end(), '\n');
  header.files.push_back({file, static_cast<int64_t>(content.size()), digest_file(draft.folder() / file)});
  return draft.publish(header);
}

std::string content_of(const Unit& unit, const store::Store& store) {
  if (!unit.gather.empty()) {
    std::string all;
    for (const auto& part : unit.gather) all += text_in(store, part.at("out"));
    return all;
  }
  if (unit.type == "test.map") {
    const int64_t begin = unit.chunk ? unit.chunk->begin : 0;
    const int64_t end = unit.chunk ? unit.chunk->end : 2;
    std::string rows;
    for (int64_t row = begin; row < end; ++row) rows += "row " + std::to_string(row) + "\n";
    return rows;
  }
  std::string inputs;
  for (const auto& [port, digests] : unit.inputs)
    for (const auto& digest : digests) inputs += text_in(store, digest);
  if (unit.params.value("act", "") == "pid") inputs += std::to_string(::getpid());
  if (unit.params.value("act", "") == "threads") inputs += ::getenv("OMP_NUM_THREADS");
  if (unit.params.value("act", "") == "rank")
    inputs += std::to_string(unit.place.rank) + " of " + std::to_string(unit.place.size);
  return unit.type == "test.first" ? inputs.substr(0, 1) : unit.params.value("text", "") + inputs;
}

Json failed(const std::string& message, bool cancelled) {
  return {{"what", "failed"},
          {"message", message},
          {"fix", "do not ask for it"},
          {"context", {"doing as told"}},
          {"cancelled", cancelled}};
}

Json answer(const Unit& unit, FrameReader& frames) {
  const store::Store store(unit.store);
  std::string act = unit.params.value("act", "write");
  if (unit.chunk && unit.chunk->begin == unit.params.value("trap", int64_t{-1})) act = "crash";
  if (act == "rank_crash" || act == "rank_fail") act = unit.place.rank == 1 ? act.substr(5) : "hang";
  if (act == "crash") {
    send_frame(kSocket, {{"what", "log"}, {"level", "info"}, {"text", "about to crash"}});
    std::fprintf(stderr, "last words\n");
    ::signal(SIGSEGV, SIG_DFL);  // sanitizers install their own handler
    ::raise(SIGSEGV);
  }
  if (act == "exit") ::_exit(3);
  if (act == "garbage") [[maybe_unused]]
    const auto sent = ::send(kSocket, "\4\0\0\0oops", 8, MSG_NOSIGNAL);
  if (act == "nonsense") send_frame(kSocket, {{"what", "dance"}});
  if (act == "hang" || act == "garbage" || act == "nonsense")
    for (;;) ::pause();
  if (act == "fail") return failed("it was asked to fail", false);
  if (act == "wait") {
    for (int step = 0; !stop_came(frames); ++step)
      send_frame(kSocket, {{"what", "progress"}, {"done", step}, {"total", 1000000}, {"note", ""}});
    return failed("stopped", true);
  }
  if (act == "grow")
    for (std::vector<std::string> held;; ::usleep(10'000)) held.emplace_back(8 << 20, 'x');
  if (act == "hold")
    for (const std::string held(300u << 20, 'x');;) ::pause();
  if (act == "resume" && std::filesystem::create_directories(unit.checkpoints))
    for (;;) ::pause();
  if (act == "nap") ::usleep(300'000);
  Json outputs = Json::object();
  if (act == "table")
    outputs["out"] = write(store, "Table", "table.json",
                           R"({"title": "scores", "columns": [{"name": "pixcorr", "unit": ""}],
                               "rows": [{"name": "mean", "values": {"pixcorr": 0.25}}], "notes": []})")
                         .hex();
  else if (act != "empty")
    outputs["out"] = write(store, "Text", "text.txt", content_of(unit, store)).hex();
  send_frame(kSocket, {{"what", "metric"}, {"name", "loss"}, {"step", 1}, {"value", 0.5}});
  return {{"what", "done"},
          {"outputs", outputs},
          {"seconds", 0.125},
          {"peak_mib", 7.0},
          {"warnings", {"made by the fake worker"}}};
}

}  // namespace

int main() {
  send_frame(kSocket, {{"what", "ready"}, {"profile", {{"threads", ::getenv("OMP_NUM_THREADS")}}}});
  FrameReader frames;
  for (;;) {
    auto frame = frames.next();
    if (!frame) {
      if (!frames.fill(kSocket)) ::_exit(0);
      continue;
    }
    const std::string what = frame->value("what", "");
    if (what == "quit") ::_exit(0);
    if (what == "run") send_frame(kSocket, answer(unit_from_json(frame->at("unit")), frames));
  }
}
