#include "toy/anatomy.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <numbers>

namespace bgraph::toy {

namespace {

struct SheetPoint {
  double u = 0, v = 0;
};

/// A smooth displacement of the sheet.
class Warp {
 public:
  Warp(Rng& rng, double rms_mm) {
    for (auto& wave : waves_) {
      const double length = 35 + 35 * rng.uniform(), heading = 2 * std::numbers::pi * rng.uniform();
      wave.along_u = 2 * std::numbers::pi / length * std::cos(heading);
      wave.along_v = 2 * std::numbers::pi / length * std::sin(heading);
      wave.phase = 2 * std::numbers::pi * rng.uniform();
      // Amplitude A in a random direction: four waves add up to 4 * A^2 * 1/2 * 1/2 = A^2 per axis.
      const double direction = 2 * std::numbers::pi * rng.uniform();
      wave.du = rms_mm * std::cos(direction), wave.dv = rms_mm * std::sin(direction);
    }
  }
  SheetPoint operator()(SheetPoint native) const {
    SheetPoint canonical = native;
    for (const auto& wave : waves_) {
      const double swing = std::cos(wave.along_u * native.u + wave.along_v * native.v + wave.phase);
      canonical.u += wave.du * swing, canonical.v += wave.dv * swing;
    }
    return canonical;
  }

 private:
  struct Wave {
    double along_u = 0, along_v = 0, phase = 0, du = 0, dv = 0;
  };
  std::array<Wave, 4> waves_;
};

/// The measured patch: |(u - cu) / ru|^4 + |(v - cv) / rv|^4 < 1.
struct Coverage {
  double cu, cv, ru, rv;

  explicit Coverage(Rng& rng) {
    cu = 0.5 * kSheetLength + 2 * rng.normal(), cv = 3 * rng.normal();
    ru = 0.5 * kSheetLength * (0.88 + 0.12 * rng.uniform());
    rv = kSheetHalfWidth * (0.82 + 0.18 * rng.uniform());
  }
  bool covers(SheetPoint p) const {
    return std::pow((p.u - cu) / ru, 4) + std::pow((p.v - cv) / rv, 4) < 1;
  }
  double area() const { return 3.708 * ru * rv; }  // of that superellipse: 4 Gamma(5/4)^2 / Gamma(3/2) = 3.708
};

std::vector<SheetPoint> scatter(Rng& rng, const Coverage& patch, int64_t count) {
  double apart = 0.6 * std::sqrt(patch.area() / static_cast<double>(count));
  std::vector<SheetPoint> points;
  for (int64_t misses = 0; static_cast<int64_t>(points.size()) < count;) {
    const SheetPoint p{patch.cu + patch.ru * (2 * rng.uniform() - 1), patch.cv + patch.rv * (2 * rng.uniform() - 1)};
    bool free = patch.covers(p);
    for (const auto& other : points)
      free = free && std::hypot(p.u - other.u, p.v - other.v) >= apart;
    if (free) points.push_back(p);
    else if (++misses % (100 * count) == 0) apart *= 0.9;  // jammed: let them move closer
  }
  return points;
}

int64_t nearest_parcel(SheetPoint p) {
  static const std::vector<SheetPoint> seeds = [] {
    std::vector<SheetPoint> grid;
    Rng rng(0, "toy", "atlas", 0, 0);  // the atlas is the same for every subject and seed
    for (int64_t i = 0; i < kParcelsPerHemisphere; ++i)
      grid.push_back({kSheetLength * (static_cast<double>(i % 4) + 0.25 + 0.5 * rng.uniform()) / 4,
                      kSheetHalfWidth * (static_cast<double>(i / 4) + 0.25 + 0.5 * rng.uniform() - 4) / 4});
    return grid;
  }();
  int64_t nearest = 0;
  for (size_t i = 1; i < seeds.size(); ++i)
    if (std::hypot(p.u - seeds[i].u, p.v - seeds[i].v) <
        std::hypot(p.u - seeds[static_cast<size_t>(nearest)].u, p.v - seeds[static_cast<size_t>(nearest)].v))
      nearest = static_cast<int64_t>(i);
  return nearest;
}

}  // namespace

Anatomy grow_anatomy(Rng& rng, int64_t voxels, double warp_mm) {
  constexpr double kBend = 35;  // mm, radius of the cylinder
  const auto longs = at::TensorOptions().dtype(at::kLong);
  Anatomy anatomy{at::empty({voxels, 3}), at::empty({voxels}, longs), at::empty({voxels}, longs),
                  at::empty({voxels}, longs), {}};
  int64_t row = 0;
  for (int64_t side = 0; side < 2; ++side) {
    const Warp warp(rng, warp_mm);
    const Coverage patch(rng);
    for (const SheetPoint& p : scatter(rng, patch, side == 0 ? voxels / 2 : voxels - voxels / 2)) {
      const SheetPoint canonical = warp(p);
      const Place place = place_at(canonical.u, canonical.v);
      float* position = anatomy.position.data_ptr<float>() + 3 * row;
      const double x = 8 + kBend * (1 - std::cos(p.v / kBend));
      position[0] = static_cast<float>(side == 0 ? -x : x);
      position[1] = static_cast<float>(p.u - 95), position[2] = static_cast<float>(kBend * std::sin(p.v / kBend));
      anatomy.hemisphere.data_ptr<int64_t>()[row] = side;
      anatomy.parcel.data_ptr<int64_t>()[row] = side * kParcelsPerHemisphere + nearest_parcel(p);
      anatomy.roi.data_ptr<int64_t>()[row] = place.roi;
      anatomy.places.push_back(place);
      ++row;
    }
  }
  return anatomy;
}

std::vector<std::string> parcel_names() {
  std::vector<std::string> names;
  for (const char* side : {"LH_", "RH_"})
    for (int64_t i = 1; i <= kParcelsPerHemisphere; ++i)
      names.push_back(side + std::string(i < 10 ? "0" : "") + std::to_string(i));
  return names;
}

}  // namespace bgraph::toy
