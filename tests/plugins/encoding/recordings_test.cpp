#include "recordings.h"
#include "world.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;
using namespace bgraph::encoding;

TEST_CASE("repeats of an image are one sample, their mean, and leave 1/n of the noise", "[encoding][recordings]") {
  auto world = make_world(4, 10, "train", 0.5, 1);
  auto& trials = world.betas.subjects[0];
  trials.image_id = at::tensor({10, 11, 10, 10}, at::kLong);  // three trials of 10, one of 11
  const auto recordings = record({world.betas}, {world.images}, world.voxels);
  const auto& subject = recordings.subjects[0];
  REQUIRE(subject.samples() == 2);
  const auto mean = trials.betas.index_select(0, at::tensor({0, 2, 3}, at::kLong)).mean(0);
  CHECK((subject.betas[0] - mean).abs().max().item<double>() < 1e-6);
  CHECK(subject.noise == Approx((1.0 / 3 + 1.0) / 2));
  CHECK(recordings.images.image_id.index_select(0, subject.image).equal(at::tensor({10, 11}, at::kLong)));
  CHECK(record({world.betas}, {world.images}, world.voxels, Repeats::apart).subjects[0].samples() == 4);
}

TEST_CASE("each seen image is kept once, unseen ones are not, and values are joined by subject",
          "[encoding][recordings]") {
  const auto world = make_world(3, 0, "train", 0.0, 1), more = make_world(2, 100, "train", 0.0, 2);
  const auto recordings = record({world.betas, more.betas}, {world.images, more.images}, world.voxels);
  CHECK(recordings.subjects[1].samples() == 5);
  CHECK(recordings.samples() == 10);
  CHECK(recordings.images.size() == 10);
  const auto few = record({world.betas}, {world.images, more.images}, world.voxels);
  CHECK(few.images.size() == 6);
  CHECK(few.images.pixels.index_select(0, few.subjects[1].image).equal(world.images.pixels.narrow(0, 3, 3)));
}

TEST_CASE("a voxel with a NaN is left out whole", "[encoding][recordings]") {
  auto world = make_world(3, 0, "train", 0.0, 1);
  world.betas.subjects[1].betas[2][4] = std::nan("");
  const auto recordings = record({world.betas}, {world.images}, world.voxels);
  CHECK(recordings.unmeasured() == 1);
  CHECK(recordings.subjects[1].measured.equal(at::tensor({0, 1, 2, 3, 5, 6, 7}, at::kLong)));
  CHECK(recordings.subjects[1].betas.isfinite().all().item<bool>());
}

TEST_CASE("responses that do not fit images or voxels are refused by name", "[encoding][recordings]") {
  const auto world = make_world(3, 0, "train", 0.0, 1), other = make_world(3, 50, "train", 0.0, 1);
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(record({world.betas}, {other.images}, world.voxels), ContainsSubstring("subj1 saw image 0"));
  auto elsewhere = world;
  elsewhere.images.id_space = "mnist";
  CHECK_THROWS_WITH(record({world.betas}, {elsewhere.images}, world.voxels), ContainsSubstring("'mnist'"));
  auto renamed = world;
  renamed.voxels.subjects[1] = "subj7";
  CHECK_THROWS_WITH(record({world.betas}, {world.images}, renamed.voxels), ContainsSubstring("subj2"));
  auto fewer = world;
  fewer.betas.subjects[1].betas = world.betas.subjects[1].betas.slice(1, 0, 6);
  CHECK_THROWS_AS(record({fewer.betas}, {world.images}, world.voxels), ShapeError);
}
