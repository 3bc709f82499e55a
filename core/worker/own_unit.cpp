#include <bgraph/core/worker/own_unit.h>

#include <bgraph/core/worker/serve.h>
#include <bgraph/sdk/contract/error.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

namespace bgraph::worker {

void serve_own(const std::function<int(const RunUnit&)>& control) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw Error("no socket for a unit of its own");
  std::thread([&control, socket = ends[1]] {
    FrameReader frames;
    const RunUnit run = [&](const Unit& unit, const auto& hear) -> Json {
      send_unit(socket, unit);
      do {
        while (const auto frame = frames.next()) {
          const std::string what = frame->value("what", "");
          if (what == "done" || what == "failed") return *frame;
          hear(*frame);
        }
      } while (frames.fill(socket));
      throw Error("the unit gave no answer");
    };
    int code = 1;
    try {
      code = control(run);
    } catch (const std::exception& error) {
      std::printf("error: %s\n", error.what());
    }
    std::fflush(nullptr);
    ::_exit(code);
  }).detach();
  serve(ends[0]);
  ::_exit(1);  // never: the other thread ends the process
}

}  // namespace bgraph::worker
