// One subject's visual cortex: where its voxels are and which part of the canonical sheet each belongs to.
//
// A subject differs from the canonical sheet by
//   - a smooth warp: canonical = native + d(native), d = four plane waves of 35 to 70 mm wavelength, rms `warp_mm`
//     per axis: the reason why equal positions of two subjects do different things;
//   - its coverage: the measured patch is a rounded rectangle of its own place and size (partial coverage).
// Voxels lie at least 0.6 of the mean spacing apart, on the native sheet, which bends into space without stretching
// along u and as a cylinder (radius 35 mm) along v:
//
//   x = -+(8 + 35 (1 - cos(v / 35)))   y = u - 95   z = 35 sin(v / 35)        mm; left hemisphere x < 0
//
// Parcels are those of an atlas: nearest of 32 fixed seeds per hemisphere, on the native sheet. They follow position,
// so they follow function only as far as the warp lets them.
#pragma once

#include "toy/cortex.h"

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/rng.h>

#include <string>
#include <vector>

namespace bgraph::toy {

inline constexpr int64_t kParcelsPerHemisphere = 32;

struct Anatomy {
  at::Tensor position;        // [V, 3] mm
  at::Tensor hemisphere;      // [V] int64: 0 left, 1 right; left voxels come first
  at::Tensor parcel;          // [V] int64, index into parcel_names()
  at::Tensor roi;             // [V] int64, index into kRoiNames; -1 = none
  std::vector<Place> places;  // V: what the canonical sheet is there

  int64_t voxels() const { return static_cast<int64_t>(places.size()); }
};

Anatomy grow_anatomy(Rng& rng, int64_t voxels, double warp_mm);

std::vector<std::string> parcel_names();  // "LH_01" .. "RH_32"

}  // namespace bgraph::toy
