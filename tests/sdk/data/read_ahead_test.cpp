#include <bgraph/sdk/context.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/read_ahead.h>
#include <bgraph/sdk/testing/catch.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

using namespace bgraph;

TEST_CASE("batches read ahead are those that would be read, whether the guess was right or not", "[sdk][read_ahead]") {
  std::atomic<int> calls = 0;
  ReadAhead<int, std::string> squares([&](const int& x) { return ++calls, std::to_string(x * x); });
  CHECK(squares.take(3) == "9");  // nothing was begun
  squares.begin(4);
  CHECK(squares.take(4) == "16");
  CHECK(calls == 2);  // once each
  squares.begin(5);
  CHECK(squares.take(6) == "36");
  squares.begin(7);
  squares.begin(8);  // the later guess stands
  CHECK(squares.take(8) == "64");
  CHECK(squares.take(8) == "64");
}

TEST_CASE("the next batch is read in another thread while this one is used", "[sdk][read_ahead]") {
  std::promise<void> used;
  const auto wait = used.get_future().share();
  const auto here = std::this_thread::get_id();
  ReadAhead<int, bool> batches([&](const int& which) {
    if (which == 2) wait.wait();  // would never end in the caller's thread
    return std::this_thread::get_id() != here;
  });
  CHECK_FALSE(batches.take(1));
  batches.begin(2);
  used.set_value();
  CHECK(batches.take(2));
}

TEST_CASE("what goes wrong ahead goes wrong where the batch is wanted, and not where it is not", "[sdk][read_ahead]") {
  ReadAhead<int, int> batches([](const int& which) -> int {
    if (which == 1) throw Error("session01.h5 is damaged");
    if (which == 2) throw Cancelled();
    return which;
  });
  batches.begin(1);
  CHECK_THROWS_WITH(batches.take(1), Catch::Matchers::ContainsSubstring("session01.h5 is damaged"));
  batches.begin(2);
  CHECK_THROWS_AS(batches.take(2), Cancelled);
  batches.begin(1);
  CHECK(batches.take(3) == 3);
}

TEST_CASE("the end waits for the batch under way and reads no other", "[sdk][read_ahead]") {
  std::atomic<int> begun = 0, ended = 0;
  {
    std::promise<void> started;
    ReadAhead<int, int> batches([&](const int& which) {
      if (++begun == 1) started.set_value();
      std::this_thread::yield();
      return ++ended, which;
    });
    batches.begin(1);
    started.get_future().wait();
  }
  CHECK(begun == 1);
  CHECK(ended == 1);
}
