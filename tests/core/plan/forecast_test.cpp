#include <bgraph/core/plan/forecast.h>
#include <bgraph/sdk/testing/catch.h>

#include <vector>

using namespace bgraph;
using namespace bgraph::plan;

namespace {

/// Records made by hand, the nearest first.
class Past {
 public:
  Past& run(double mib, double seconds, double peak_mib, double unit_mib = -1) {
    store::KeyRecord record;
    record.seconds = seconds;
    record.peak_mib = peak_mib;
    record.input_size = {mib, unit_mib < 0 ? mib : unit_mib};
    runs_.push_back(record);
    return *this;
  }
  Forecast of(double mib, double unit_mib = -1) const { return of(store::InputSize{mib, unit_mib < 0 ? mib : unit_mib}); }
  Forecast of(const store::InputSize& inputs) const {
    std::vector<const store::KeyRecord*> nearest_first;
    for (const auto& run : runs_) nearest_first.push_back(&run);
    return forecast(nearest_first, inputs);
  }

 private:
  std::vector<store::KeyRecord> runs_;
};

}  // namespace

TEST_CASE("inputs of a size that was there before take what they took then", "[plan][forecast]") {
  const Past past = Past().run(10, 3, 400).run(20, 7, 700).run(10, 4, 450);
  CHECK(past.of(10).seconds == 3);
  CHECK(past.of(10).peak_mib == 450);  // the most that was held, not the newest
  CHECK(past.of(20).seconds == 7);
  CHECK(past.of(10.001).seconds == 3);
  CHECK(past.of(10).basis.empty());
}

TEST_CASE("several sizes make a line", "[plan][forecast]") {
  const Past past = Past().run(10, 3, 400).run(30, 7, 800).run(20, 5, 600);  // 1 + 0.2 x, 200 + 20 x
  CHECK(past.of(100).seconds == Approx(21));
  CHECK(past.of(100).peak_mib == Approx(2200));
  CHECK(past.of(15).seconds == Approx(4));
  CHECK(past.of(5).peak_mib == Approx(300));  // a line tells of smaller ones too
  CHECK(past.of(100).basis == "a line through 3 runs on 10 to 30 MiB of inputs, now 100");
}

TEST_CASE("a line is the one with the least squares", "[plan][forecast]") {
  const Past past = Past().run(1, 1, 201).run(2, 3, 203).run(3, 2, 202);  // slope 1/2 through (2, 2) and (2, 202)
  CHECK(past.of(7).seconds == Approx(4.5));
  CHECK(past.of(7).peak_mib == Approx(204.5));
}

TEST_CASE("what grows while the inputs shrink is taken for chance", "[plan][forecast]") {
  const Past past = Past().run(10, 3, 500).run(30, 1, 300);
  CHECK(past.of(1000).seconds == Approx(2));     // the mean
  CHECK(past.of(1000).peak_mib == Approx(500));  // never below what smaller inputs held
  CHECK(past.of(5).peak_mib == Approx(400));
}

TEST_CASE("a line that would begin below nothing begins at nothing", "[plan][forecast]") {
  const Past past = Past().run(1, 1, 200).run(3, 9, 600);
  CHECK(past.of(2).seconds == Approx(2 * 28.0 / 10));  // sum xy / sum xx
  CHECK(past.of(100).peak_mib == Approx(20000));
}

TEST_CASE("one size grows with the inputs from what an idle worker holds, and does not shrink", "[plan][forecast]") {
  const Past past = Past().run(4, 6, 350).run(4, 5, 330);
  CHECK(past.of(12).seconds == Approx(18));
  CHECK(past.of(12).peak_mib == Approx(150 + 3 * 200));
  CHECK(past.of(1).seconds == 6);
  CHECK(past.of(1).peak_mib == 350);
  CHECK(past.of(12).basis == "a run on 4 MiB of inputs, now 12");
  CHECK(Past().run(4, 6, 90).of(8).peak_mib == 90);    // less than an idle worker: nothing of it is the inputs'
  CHECK(Past().run(0, 6, 350).of(8).peak_mib == 350);  // nor of what had none
}

TEST_CASE("memory of a node that is split goes by what one chunk sees", "[plan][forecast]") {
  const Past past = Past().run(100, 50, 400, 10);
  CHECK(past.of(400, 10).seconds == Approx(200));
  CHECK(past.of(400, 10).peak_mib == 400);
  CHECK(past.of(400, 20).peak_mib == Approx(650));
}

TEST_CASE("without sizes the nearest run stands for this one", "[plan][forecast]") {
  CHECK(Past().run(10, 3, 400).run(30, 7, 800).of(store::InputSize{}).seconds == 3);
  CHECK(Past().run(-1, 3, 400).run(-1, 9, 800).of(20).peak_mib == 400);  // recorded before sizes were
  const Forecast mixed = Past().run(-1, 3, 400).run(10, 9, 350).of(20);
  CHECK(mixed.seconds == Approx(18));
  CHECK(mixed.peak_mib == Approx(550));
}
