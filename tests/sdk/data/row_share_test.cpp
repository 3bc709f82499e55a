#include <bgraph/sdk/data/row_share.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;

TEST_CASE("inside a scope the rows of a share are those of the draw for the whole batch", "[data][row_share]") {
  const auto draws = [](const RowShare* share) {
    Rng rng(3, "test", "rows", 0, 0);
    std::optional<RowScope> scope;
    if (share) scope.emplace(*share);
    const int64_t rows = share ? share->count : 7;
    std::vector<at::Tensor> all = {rng.normal({rows, 3}), rng.uniform({rows * 2, 5}), rng.integers(11, {rows})};
    all.push_back(at::full({1}, rng.uniform()));  // the next number is the same everywhere
    return all;
  };
  const auto whole = draws(nullptr);
  for (int64_t begin = 0; begin < 7; begin += 3) {
    const RowShare share{begin, std::min<int64_t>(3, 7 - begin), 7, 3};
    const auto own = draws(&share);
    CHECK(at::equal(own[0], whole[0].narrow(0, begin, share.count)));
    CHECK(at::equal(own[1], whole[1].narrow(0, 2 * begin, 2 * share.count)));
    CHECK(at::equal(own[2], whole[2].narrow(0, begin, share.count)));
    CHECK(at::equal(own[3], whole[3]));
  }
}

TEST_CASE("a draw that does not belong to rows is refused inside a scope", "[data][row_share]") {
  const RowScope scope({2, 2, 5, 2});
  CHECK_THROWS_AS(Rng(3, "test", "rows", 0, 0).normal({3}), Error);
}
