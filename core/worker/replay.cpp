#include <bgraph/core/worker/replay.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/worker/serve.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

namespace bgraph::worker {

namespace {

/// Compares with what is on record. True if all is as it was, or nothing was recorded.
bool tell_outputs(const Json& outputs, const Json& recorded) {
  bool same = true;
  for (const auto& [port, digest] : outputs.items()) {
    const std::string now = digest.get<std::string>(), before = recorded.value(port, "");
    std::printf("%s: %s%s\n", port.c_str(), now.c_str(),
                before.empty() ? "" : before == now ? ", as recorded" : (", recorded " + before).c_str());
    same = same && (before.empty() || before == now);
  }
  return same;
}

/// Control's side of the socket: hands out the unit, prints what comes, ends the process with its result.
[[noreturn]] void listen(int socket, const Json& capsule) {
  int code = 1;
  try {
    send_frame(socket, {{"what", "run"}, {"unit", capsule.at("unit")}});
    FrameReader frames;
    for (bool over = false; !over && frames.fill(socket);)
      while (const auto frame = frames.next()) {
        const std::string what = frame->value("what", "");
        if (what == "log") std::printf("%s: %s\n", frame->value("level", "").c_str(), frame->value("text", "").c_str());
        if (what == "failed") {
          std::printf("failed: %s\n", frame->value("message", "").c_str());
          for (const auto& step : frame->at("context")) std::printf("  while %s\n", step.get<std::string>().c_str());
        }
        if (what == "done")
          code = tell_outputs(frame->at("outputs"), capsule.value("recorded", Json::object())) ? 0 : 1;
        over = over || what == "done" || what == "failed";
      }
  } catch (const std::exception& error) {
    std::printf("error: %s\n", error.what());
  }
  std::fflush(nullptr);
  ::_exit(code);
}

}  // namespace

int replay(const std::filesystem::path& file) {
  const Json capsule = Json::parse(store::read_text(file));
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw Error("no socket for the replay");
  std::thread([&] { listen(ends[1], capsule); }).detach();
  serve(ends[0]);  // on the main thread: that is where a debugger looks
  return 1;        // never: `listen` ends the process
}

}  // namespace bgraph::worker
