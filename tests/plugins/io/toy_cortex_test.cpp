// The sheet: mirrored maps, contralateral fields, receptive fields that grow; subjects of their own.

#include "toy/anatomy.h"
#include "toy/population.h"

#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/allclose.h>

#include <cmath>
#include <numbers>

using namespace bgraph;
using Catch::Matchers::WithinAbs;

namespace {

constexpr double kU = 20;  // mm forward of the pole
const double kEccentricity = 0.75 * (std::exp(kU / 16) - 1);
const double kHalfWidth = 16 * std::atan(kEccentricity / 0.75);  // of V1 there

toy::Place at_band(double t) { return toy::place_at(kU, t * kHalfWidth); }

std::string roi_of(const toy::Place& place) {
  return place.roi < 0 ? "" : toy::kRoiNames[static_cast<size_t>(place.roi)];
}

}  // namespace

TEST_CASE("polar angle reverses at the borders of V1, V2 and V3", "[io][toy_cortex]") {
  constexpr double kRight = std::numbers::pi / 2, kStep = 0.01;
  // V1 runs out to the vertical meridian, V2 back to the horizontal one, V3 out again: the same angle on both sides.
  REQUIRE_THAT(at_band(1 - kStep).angle, WithinAbs(-kRight * (1 - kStep), 1e-9));
  REQUIRE_THAT(at_band(1 + 0.5 * kStep).angle, WithinAbs(at_band(1 - kStep).angle, 1e-9));
  REQUIRE_THAT(at_band(1.5 - 0.5 * kStep).angle, WithinAbs(at_band(1.5 + 0.4 * kStep).angle, 1e-9));
  REQUIRE_THAT(at_band(-1.9 + 0.4 * kStep).angle, WithinAbs(kRight * (1 - kStep), 1e-9));  // dorsally EBA lies there
  REQUIRE(roi_of(at_band(0.5)) == "V1d");
  REQUIRE(roi_of(at_band(-1.2)) == "V2v");
  REQUIRE(roi_of(at_band(-1.7)) == "V3v");
  REQUIRE(roi_of(at_band(-2.1)) == "hV4");
}

TEST_CASE("dorsal maps see the lower field, ventral maps the upper", "[io][toy_cortex]") {
  for (const double t : {0.2, 0.8, 1.1, 1.4, 1.6, 1.8}) {
    REQUIRE(at_band(t).angle < 0);
    REQUIRE_THAT(at_band(-t).angle, WithinAbs(-at_band(t).angle, 1e-12));
  }
}

TEST_CASE("receptive fields grow with eccentricity and from V1 to hV4", "[io][toy_cortex]") {
  double last = 0;
  for (const double u : {2.0, 8.0, 16.0, 30.0}) {
    REQUIRE(toy::place_at(u, -0.5).sigma > last);
    last = toy::place_at(u, -0.5).sigma;
  }
  REQUIRE(at_band(-1.2).sigma > at_band(-0.5).sigma);
  REQUIRE(at_band(-1.7).sigma > at_band(-1.2).sigma);
  REQUIRE(at_band(-2.1).sigma > at_band(-1.7).sigma);
}

TEST_CASE("left hemisphere voxels look to the right, and the reverse", "[io][toy_cortex]") {
  Rng rng(0, "test", "anatomy", 0, 0);
  const toy::Anatomy anatomy = toy::grow_anatomy(rng, 201, 5);
  const auto population = toy::make_population(rng, anatomy, 10, 0.5, 1);
  const at::Tensor left = anatomy.hemisphere.eq(0), x = population.prf.select(1, 0);
  REQUIRE(x.masked_select(left).gt(0).all().item<bool>());
  REQUIRE(x.masked_select(left.logical_not()).lt(0).all().item<bool>());
  REQUIRE(anatomy.position.select(1, 0).masked_select(left).lt(0).all().item<bool>());
  REQUIRE(left.sum().item<int64_t>() == 100);
}

TEST_CASE("two subjects have the same areas at different places", "[io][toy_cortex]") {
  Rng first(0, "test", "anatomy", 0, 0), second(0, "test", "anatomy", 0, 1), again(0, "test", "anatomy", 0, 0);
  const auto a = toy::grow_anatomy(first, 300, 5), b = toy::grow_anatomy(second, 300, 5);
  REQUIRE(at::allclose(a.position, toy::grow_anatomy(again, 300, 5).position, 0, 0));
  for (int64_t roi = 0; roi < 6; ++roi) {
    REQUIRE(a.roi.eq(roi).any().item<bool>());
    REQUIRE(b.roi.eq(roi).any().item<bool>());
  }
  // The nearest voxel of the other subject is often in another area: position is not function.
  const at::Tensor nearest = (a.position.unsqueeze(1) - b.position).square().sum(2).argmin(1);
  const double same = a.roi.eq(b.roi.index_select(0, nearest)).to(at::kFloat).mean().item<double>();
  REQUIRE(same < 0.75);
  REQUIRE(same > 0.2);
}

TEST_CASE("parcels lie in one hemisphere and follow areas only partly", "[io][toy_cortex]") {
  Rng rng(0, "test", "anatomy", 0, 0);
  const auto anatomy = toy::grow_anatomy(rng, 800, 5);
  REQUIRE(anatomy.parcel.div(toy::kParcelsPerHemisphere, "floor").eq(anatomy.hemisphere).all().item<bool>());
  int64_t majority = 0;
  for (int64_t parcel = 0; parcel < 2 * toy::kParcelsPerHemisphere; ++parcel) {
    const at::Tensor rois = (anatomy.roi + 1).masked_select(anatomy.parcel.eq(parcel));
    if (rois.size(0) > 0) majority += rois.bincount().max().item<int64_t>();
  }
  const double purity = static_cast<double>(majority) / 800;
  REQUIRE(purity > 0.4);
  REQUIRE(purity < 0.95);
}
