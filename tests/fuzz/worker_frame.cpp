// Bytes from the other end of the socket, however they are cut: frames, an Error, or the wait for more.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

using namespace bgraph;

void read_all(const uint8_t* data, size_t size) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::exit(2);
  FrameReader reader;
  const size_t piece = size == 0 ? 1 : 1 + data[0] % 61;  // so that frames are cut anywhere
  try {
    for (size_t at = 0; at < size; at += piece) {
      const size_t length = std::min(piece, size - at);
      if (::send(ends[0], data + at, length, 0) != static_cast<ssize_t>(length)) break;
      reader.fill(ends[1]);
      while (const auto frame = reader.next())
        if (frame->is_object() && frame->contains("unit")) to_json(unit_from_json(frame->at("unit")));
    }
  } catch (const Error&) {
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  read_all(data, size);
  return 0;
}
