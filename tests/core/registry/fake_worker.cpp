// `--describe FILE` as the worker answers it; a file named after a disaster gets it.
#include <bgraph/sdk/contract/manifest.h>
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "fake.h"

namespace {
[[gnu::section(".note.bgraph"), gnu::used,
  gnu::aligned(4)]] constinit const bgraph::FakeNoteSection note{.note =
                                                                     bgraph::fake_note("worker")};
}

int main(int count, char** words) {
  if (count != 3 || std::string(words[1]) != "--describe") return 3;
  const std::string stem = std::filesystem::path(words[2]).stem().string();
  if (stem == "crash") ::raise(SIGABRT);  // not SIGSEGV, which sanitizers turn into an exit
  if (stem == "fail") {
    std::fputs("loading\nerror: no such symbol\n", stderr);
    return 1;
  }
  if (stem == "nonsense") {
    std::puts("hello");
    return 0;
  }
  const bgraph::Manifest manifest{stem, "1", {{.type = "fake." + stem}}, {}, {}};
  std::puts(bgraph::to_json(manifest).dump().c_str());
  return 0;
}
