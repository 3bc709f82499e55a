// Response models: voxels answer what their kind and receptive field say.

#include "toy/gallery.h"
#include "toy/population.h"

#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

using namespace bgraph;

namespace {

struct Eye {
  toy::Anatomy anatomy;
  toy::Population population;

  explicit Eye(int64_t voxels) {
    Rng rng(0, "test", "eye", 0, 0);
    anatomy = toy::grow_anatomy(rng, voxels, 5);
    population = toy::make_population(rng, anatomy, 10, 0.5, 1);
  }
};

/// Gratings on one half of grey pictures [n, 3, 32, 32]; the phase moves from picture to picture.
at::Tensor half_gratings(int64_t n, bool right) {
  at::Tensor pixels = at::full({n, 3, 32, 32}, 0.5);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t x = 0; x < 14; ++x)
      pixels[i].select(2, right ? 18 + x : x).fill_((x + i) % 4 < 2 ? 0.9 : 0.1);
  return pixels;
}

}  // namespace

TEST_CASE("gabor voxels of the left hemisphere see energy in the right field alone", "[io][toy_voxels]") {
  const Eye eye(300);
  const at::Tensor none = at::full({3}, -1, at::TensorOptions().dtype(at::kLong));
  const auto drive = [&](bool right) {
    return toy::see(half_gratings(3, right), none, {}, 10).energy.matmul(eye.population.energy).mean(0);  // [V]
  };
  const at::Tensor right = drive(true), left = drive(false);
  const at::Tensor lateral = eye.population.prf.select(1, 0).abs() > 1.5 * eye.population.prf.select(1, 2);
  const at::Tensor seen = lateral.logical_and(eye.population.type.ne(0));
  const at::Tensor in_left = eye.anatomy.hemisphere.eq(0).logical_and(seen);
  const at::Tensor in_right = eye.anatomy.hemisphere.eq(1).logical_and(seen);
  REQUIRE(in_left.sum().item<int64_t>() > 10);
  REQUIRE(in_right.sum().item<int64_t>() > 10);
  REQUIRE((right / left).masked_select(in_left).gt(1).all().item<bool>());
  REQUIRE((left / right).masked_select(in_right).gt(1).all().item<bool>());
}

TEST_CASE("signals have mean 0 and sd 1 over the training images, unresponsive voxels none", "[io][toy_voxels]") {
  const Eye eye(120);
  const auto gallery = toy::paint_range(0, toy::kPrivate, 70, 32);
  const auto seen = toy::see(gallery.images.pixels, gallery.images.category, gallery.regions, 10);
  const at::Tensor signal = toy::respond(eye.population, seen, 60, 0.7);  // [70, V]
  const at::Tensor known = signal.slice(0, 0, 60), silent = eye.population.type.eq(0);
  const at::Tensor answers = silent.logical_not();
  REQUIRE(known.mean(0).abs().max().item<double>() < 1e-4);
  REQUIRE((known.std(0, false) - 1).masked_select(answers).abs().max().item<double>() < 1e-3);
  REQUIRE(signal.abs().sum(0).masked_select(silent).max().item<double>() == 0);
  REQUIRE(eye.population.ncsnr.masked_select(silent).max().item<double>() == 0);
  REQUIRE(eye.population.ncsnr.masked_select(answers).min().item<double>() > 0);
}

TEST_CASE("face voxels answer faces more than houses, place voxels the reverse", "[io][toy_voxels]") {
  const Eye eye(900);
  const auto gallery = toy::paint_range(0, toy::kPrivate, 400, 32);
  const auto seen = toy::see(gallery.images.pixels, gallery.images.category, gallery.regions, 10);
  const at::Tensor signal = toy::respond(eye.population, seen, 400, 0.7);
  const auto mean_of = [&](int64_t type, int64_t category) {
    const at::Tensor rows = gallery.images.category.eq(category).nonzero().squeeze(1);
    const at::Tensor voxels = eye.population.type.eq(type).nonzero().squeeze(1);
    return signal.index_select(0, rows).index_select(1, voxels).mean().item<double>();
  };
  constexpr int64_t kFaces = 9, kPlaces = 11, kFace = 0, kHouse = 6;  // type_names(), kCategoryNames
  REQUIRE(toy::type_names()[kFaces] == "category faces");
  REQUIRE(toy::type_names()[kPlaces] == "category places");
  REQUIRE(mean_of(kFaces, kFace) > mean_of(kFaces, kHouse) + 0.5);
  REQUIRE(mean_of(kPlaces, kHouse) > mean_of(kPlaces, kFace) + 0.5);
}
