#include "toy/cortex.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace bgraph::toy {

namespace {

constexpr double kFoveal = 0.75, kMagnification = 16, kEarlyLength = 34;
constexpr double kRight = std::numbers::pi / 2;
enum Roi : int64_t { V1v, V1d, V2v, V2d, V3v, V3d, hV4, OFA, FFA1, EBA, FBA1, OPA, PPA, RSC, VWFA1 };

struct Disc {
  double u, v, radius;
  int64_t roi;
  Family family;
  double eccentricity;  // deg, at its centre: faces and words foveal, places peripheral (Levy et al. 2001)
};

constexpr std::array<Disc, 10> kDiscs = {{{8, -36, 8, OFA, Family::faces, 1.2},
                                          {44, -46, 8, FFA1, Family::faces, 1.2},
                                          {44, -31, 7, FBA1, Family::bodies, 1.8},
                                          {20, 46, 10, EBA, Family::bodies, 1.8},
                                          {52, -15, 9, PPA, Family::places, 3.0},
                                          {46, 3, 9, RSC, Family::places, 3.2},
                                          {46, 24, 9, OPA, Family::places, 2.8},
                                          {56, -34, 6, VWFA1, Family::words, 1.0},
                                          {6, 32, 8, -1, Family::objects, 1.8},
                                          {48, 44, 9, -1, Family::objects, 2.0}}};

double sigma_of(double base, double slope, double eccentricity) { return base + slope * eccentricity; }

Place in_disc(const Disc& disc, double du, double dv) {
  Place place{.roi = disc.roi, .family = disc.family};
  place.eccentricity = disc.eccentricity * std::exp(0.8 * du / disc.radius);
  place.angle = 0.9 * kRight * dv / disc.radius;
  place.sigma = sigma_of(1.2, 0.3, place.eccentricity);
  return place;
}

Place in_maps(double eccentricity, double t, bool dorsal) {
  Place place{.family = Family::early, .eccentricity = eccentricity};
  double from_horizontal = kRight;  // unsigned polar angle
  if (t < 1) {
    place.roi = dorsal ? V1d : V1v, from_horizontal = kRight * t;
    place.sigma = sigma_of(0.3, 0.12, eccentricity);
  } else if (t < 1.5) {
    place.roi = dorsal ? V2d : V2v, from_horizontal = kRight * (1.5 - t) / 0.5;
    place.sigma = sigma_of(0.4, 0.17, eccentricity);
  } else if (t < 1.9) {
    place.roi = dorsal ? V3d : V3v, from_horizontal = kRight * (t - 1.5) / 0.4;
    place.sigma = sigma_of(0.5, 0.24, eccentricity);
  } else {  // hV4; dorsally its unnamed neighbour (V3A)
    place.roi = dorsal ? -1 : static_cast<int64_t>(hV4);
    place.family = dorsal ? Family::early : Family::ventral;
    from_horizontal = kRight * (1 - 2 * (t - 1.9) / 0.5);
    place.sigma = sigma_of(0.8, 0.32, eccentricity);
  }
  place.angle = dorsal ? -from_horizontal : from_horizontal;
  return place;
}

}  // namespace

Place place_at(double u, double v) {
  for (const Disc& disc : kDiscs)
    if (std::hypot(u - disc.u, v - disc.v) < disc.radius) return in_disc(disc, u - disc.u, v - disc.v);
  const double eccentricity = kFoveal * (std::exp(u / kMagnification) - 1);
  const double t = std::abs(v) / (kMagnification * std::atan(eccentricity / kFoveal));
  if (u > 0 && u < kEarlyLength && t < 2.4) return in_maps(eccentricity, t, v > 0);
  Place place;  // between the areas: wide receptive fields, a rough map
  place.eccentricity = 2.5, place.angle = -kRight * v / kSheetHalfWidth;
  place.sigma = sigma_of(1.2, 0.4, place.eccentricity);
  return place;
}

}  // namespace bgraph::toy
