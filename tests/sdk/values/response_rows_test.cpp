#include "../quiet_context.h"
#include "betas_in_files.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/values/response_rows.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;

namespace {

/// Seven trials of four images, 11 voxels; trial 2 has one number missing, image 9 all of voxel 5.
Betas trials_of(int64_t which) {
  SubjectBetas subject{"subj" + std::to_string(which), 0, Rng(which, "response_rows_test", "betas", 0, 0).normal({7, 11}),
                       at::tensor({4, 9, 4, 2, 9, 4, 7}, at::kLong), at::tensor({0, 0, 1, 0, 1, 2, 0}, at::kLong), at::zeros({7}, at::kLong)};
  const float nan = std::nanf("");
  subject.betas[2][3] = nan, subject.betas[1][5] = nan, subject.betas[4][5] = nan;
  return {.subjects = {subject}};
}

bool same(const at::Tensor& a, const at::Tensor& b) { return a.nan_to_num(77).equal(b.nan_to_num(77)); }

}  // namespace

TEST_CASE("a sample read from files is bit for bit that of everything averaged in memory", "[values][response_rows]") {
  const testing::ScratchFolder folder;
  testing::QuietContext ctx;
  const Betas held = trials_of(1), stored = testing::in_files(folder, held, "one");
  const SubjectBetas means = average_repeats(held.subjects[0]);
  const ResponseRows rows({stored.subjects[0]}, true);
  CHECK(rows.samples().image_id.equal(means.image_id));
  CHECK(rows.samples().betas.is_meta());
  CHECK(rows.samples().voxels() == 11);
  for (const std::vector<int64_t>& some : {std::vector<int64_t>{0, 1, 2, 3}, {3, 0, 0}, {2}, {1, 3}}) {
    const at::Tensor index = at::tensor(some, at::kLong);
    CHECK(same(rows.read(ctx, index), means.betas.index_select(0, index)));
  }
  const ResponseRows apart({stored.subjects[0]}, false);
  CHECK(same(apart.read(ctx, at::tensor({6, 2}, at::kLong)), held.subjects[0].betas.index_select(0, at::tensor({6, 2}, at::kLong))));
}

TEST_CASE("what was never measured is known after one pass", "[values][response_rows]") {
  const testing::ScratchFolder folder;
  testing::QuietContext ctx;
  const Betas stored = testing::in_files(folder, trials_of(1), "one");
  const auto means = ResponseRows({stored.subjects[0]}, true).measured(ctx), single = ResponseRows({stored.subjects[0]}, false).measured(ctx);
  CHECK(means.missing == 1);  // voxel 5 of image 9
  CHECK(single.missing == 3);
  CHECK(means.all.logical_not().nonzero().flatten().equal(at::tensor({5}, at::kLong)));
  CHECK(single.all.logical_not().nonzero().flatten().equal(at::tensor({3, 5}, at::kLong)));
  CHECK(single.any.all().item<bool>());
}

TEST_CASE("repeats are averaged over several values of a subject, in files and in memory", "[values][response_rows]") {
  const testing::ScratchFolder folder;
  testing::QuietContext ctx;
  const Betas first = trials_of(1), second = trials_of(2);
  SubjectBetas all = first.subjects[0];
  all.betas = at::cat({all.betas, second.subjects[0].betas});
  for (at::Tensor SubjectBetas::* column : {&SubjectBetas::image_id, &SubjectBetas::repeat, &SubjectBetas::session})
    all.*column = at::cat({first.subjects[0].*column, second.subjects[0].*column});
  const ResponseRows rows({first.subjects[0], testing::in_files(folder, second, "two").subjects[0]}, true);
  const SubjectBetas means = average_repeats(all);
  CHECK(rows.samples().image_id.equal(means.image_id));
  CHECK(rows.trial_image_id().equal(all.image_id));
  CHECK(same(rows.read(ctx, at::tensor({3, 1, 0}, at::kLong)), means.betas.index_select(0, at::tensor({3, 1, 0}, at::kLong))));
}
