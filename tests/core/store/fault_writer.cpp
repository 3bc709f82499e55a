// Publishes one value and the record that leads to it, with one system call failing on the way:
//   fault_writer STORE K ERRNO       the K-th call fails with ERRNO (0: the process is killed there); K = 0: none
// Exit code 0 = published, 1 = it said on one line why not, 2 = it said something else. Prints the number of calls.
#include "faulty_calls.h"
#include "text_value.h"

#include <bgraph/sdk/contract/error.h>

#include <cstdio>
#include <cstdlib>

int main(int count, char** words) {
  using namespace bgraph;
  if (count != 4) return 2;
  const store::Store store(words[1]);
  store::fail_call(std::atoi(words[2]), std::atoi(words[3]));
  try {
    store.prepare();
    const Digest digest = store::publish_text(store, "the one value");
    store.publish(store::record_of(std::string(64, 'a'), digest));
    std::printf("%d\n", store::calls_made());
    return 0;
  } catch (const Error& error) {
    std::printf("%s\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 2;
  }
}
