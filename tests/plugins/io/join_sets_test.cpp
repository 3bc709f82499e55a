// io.join_sets: subjects, voxels and images of two data sets in one numbering.
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kSecond = int64_t{1} << 48;

at::Tensor normal(const std::string& purpose, std::vector<int64_t> shape) { return Rng(2, "join_sets_test", purpose, 0, 0).normal(shape); }

SubjectBetas trials(const std::string& name, int64_t first, const std::vector<int64_t>& image, int64_t voxels) {
  const auto count = static_cast<int64_t>(image.size());
  return {name, first, normal(name, {count, voxels}), at::tensor(image, at::kLong), at::zeros({count}, at::kLong), at::full({count}, -1, at::kLong)};
}

Betas first_set(const std::string& split) { return {.subjects = {trials("S1", 0, {4, 9}, 2), trials("S2", 2, {9}, 3)}, .id_space = "a", .split = split}; }
Betas second_set() { return {.subjects = {trials("S1", 0, {4, 2, 2}, 2)}, .id_space = "b", .split = "train"}; }

Voxels places(const std::vector<std::string>& subjects, const std::vector<int64_t>& owner, const std::string& space) {
  const auto count = static_cast<int64_t>(owner.size());
  const at::Tensor none = at::full({count}, -1, at::kLong);
  Voxels voxels{.subject = at::tensor(owner, at::kLong), .position = normal(space, {count, 3}), .hemisphere = none.clone(), .roi = none.clone(), .parcel = none.clone(),
                .ncsnr = at::full({count}, std::nan(""))};
  voxels.subjects = subjects, voxels.space = space;
  return voxels;
}

Voxels first_places() {
  Voxels voxels = places({"S1", "S2"}, {0, 0, 1, 1, 1}, "fsaverage");
  voxels.mask_names = {"V1"}, voxels.masks = at::tensor({0, 1, 1, 0, 0}, at::kLong).to(at::kBool).unsqueeze(0);
  return voxels;
}

Voxels second_places() {
  Voxels voxels = places({"S1"}, {0, 0}, "native");
  voxels.roi_names = {"V1", "V4"}, voxels.roi = at::tensor({1, 0}, at::kLong);
  return voxels;
}

Images pictures(const std::vector<int64_t>& image, const std::string& space, int64_t side = 4) {
  const auto count = static_cast<int64_t>(image.size());
  return {Rng(2, "join_sets_test", space, side, 0).integers(256, {count, 3, side, side}).to(at::kByte), at::tensor(image, at::kLong), at::full({count}, -1, at::kLong), space, "train"};
}

testing::NodeRun joining() {
  testing::NodeRun run("io.join_sets");
  run.set("names", {"one", "two"}).in("betas", first_set("train")).in("betas", second_set()).in("voxels", first_places()).in("voxels", second_places());
  return run;
}

}  // namespace

TEST_CASE("subjects keep their responses under joint names, voxels follow each other, images are told apart by their set", "[io][join_sets]") {
  auto run = joining();
  run.in("images", pictures({2, 4}, "b")).in("images", pictures({4, 9}, "a")).run();
  const auto betas = run.out<Betas>("betas");
  REQUIRE(betas.subjects.size() == 3);
  CHECK(betas.id_space == "a + b");
  CHECK(betas.subjects[1].subject == "one/S2");
  CHECK(betas.subjects[1].first_voxel == 2);
  CHECK(betas.subjects[2].subject == "two/S1");
  CHECK(betas.subjects[2].first_voxel == 5);
  CHECK(betas.subjects[2].image_id.equal(at::tensor({kSecond + 4, kSecond + 2, kSecond + 2}, at::kLong)));
  CHECK(betas.subjects[2].betas.equal(second_set().subjects[0].betas));
  const auto images = run.out<Images>("images");
  CHECK(images.image_id.equal(at::tensor({kSecond + 2, kSecond + 4, int64_t{4}, int64_t{9}}, at::kLong)));
  CHECK(images.id_space == "a + b");
  const auto voxels = run.out<Voxels>("voxels");
  CHECK(voxels.subjects == std::vector<std::string>{"one/S1", "one/S2", "two/S1"});
  CHECK(voxels.subject.equal(at::tensor({0, 0, 1, 1, 1, 2, 2}, at::kLong)));
  CHECK(voxels.region("V1").equal(at::tensor({0, 1, 1, 0, 0, 0, 1}, at::kLong).to(at::kBool)));  // a mask here, a label there
  CHECK(voxels.region("V4").sum().item<int64_t>() == 1);
  CHECK(voxels.position.isnan().all().item<bool>());  // two spaces: not comparable
  CHECK(run.out<Betas>("validation").subjects.empty());
}

TEST_CASE("sets that cannot be joined are told apart by name", "[io][join_sets]") {
  auto twice = joining();
  twice.set("names", {"one", "two", "three"}).in("betas", first_set("train")).in("voxels", first_places()).in("images", pictures({4}, "a"));
  CHECK_THROWS_WITH(twice.run(), ContainsSubstring("'one' and 'three' both number images in 'a'"));
  CHECK_THROWS_WITH(joining().set("names", {"one"}).in("images", pictures({4}, "a")).run(), ContainsSubstring("1 names, 2 entries of `betas` and 2 of `voxels`"));
  CHECK_THROWS_WITH(joining().in("images", pictures({4}, "c")).run(), ContainsSubstring("pictures number images in 'c', none of the joined sets does"));
  CHECK_THROWS_WITH(joining().in("images", pictures({4}, "a")).in("images", pictures({4}, "b", 5)).run(), ContainsSubstring("pictures of 'two' are [1, 3, 5, 5] of another size or kind than the first"));
  CHECK_THROWS_WITH(joining().in("images", pictures({4}, "a")).in("validation", first_set("test")).run(), ContainsSubstring("test"));
}
