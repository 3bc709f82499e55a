// The canonical cortical sheet: which area lies where, and what it sees.
//
// One flat sheet per hemisphere, in mm: u runs forward from the occipital pole, v from ventral (-) over the
// calcarine sulcus (0) to dorsal (+). Both hemispheres have the same sheet; the left one sees the right field.
//
//   eccentricity   E(u) = a (exp(u / k) - 1)                 a = 0.75 deg, k = 16 mm; log-polar magnification
//   half width     h(u) = k atan(E / a)                      of V1; the maps narrow to one point at the fovea
//   polar angle    with t = |v| / h(u), measured from the horizontal meridian:
//     V1   0 .. 1       90 t                  horizontal meridian -> vertical
//     V2   1 .. 1.5     90 (1.5 - t) / 0.5    mirrored at the vertical meridian
//     V3   1.5 .. 1.9   90 (t - 1.5) / 0.4    mirrored again at the horizontal meridian
//     hV4  1.9 .. 2.4   (ventral alone) both quadrants, from the upper to the lower meridian
//   ventral halves see the upper field, dorsal halves the lower.
//   pRF size       sigma = base + slope E                    grows with eccentricity and along the hierarchy
//
// Before and above the maps lie discs: category areas, placed roughly as in the human brain.
//
// Sources: Schwartz 1980 (complex logarithm; E and h are its value on the meridians); Horton & Hoyt 1991 (a = 0.75 deg);
// Wandell, Dumoulin & Brewer 2007 (order and reversals of the maps); Dumoulin & Wandell 2008 (sigma against E).
// Differs: V2 and V3 are bands beside V1 instead of a wedge-dipole; k is 16, not 17.3 mm; areas are flat discs.
#pragma once

#include <array>
#include <cstdint>

namespace bgraph::toy {

/// Spelled as in the NSD ROI files (prf-visualrois, floc-faces, floc-bodies, floc-places, floc-words).
inline constexpr std::array<const char*, 15> kRoiNames = {
    "V1v", "V1d", "V2v",   "V2d", "V3v",   "V3d", "hV4",   "OFA",
    "FFA-1", "EBA", "FBA-1", "OPA", "PPA", "RSC", "VWFA-1"};

/// What the voxels of a place care about.
enum class Family { early, ventral, faces, bodies, places, words, objects, unnamed };

struct Place {
  int64_t roi = -1;  // index into kRoiNames; -1 = visual cortex without a name
  Family family = Family::unnamed;
  double eccentricity = 0;  // deg, of the pRF centre
  double angle = 0;         // radians above the horizontal meridian of the contralateral field, -pi/2 .. pi/2
  double sigma = 1;         // deg, sd of the pRF
};

Place place_at(double u, double v);

/// Extent of the canonical sheet, mm.
inline constexpr double kSheetLength = 62, kSheetHalfWidth = 55;

}  // namespace bgraph::toy
