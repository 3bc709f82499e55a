// One toy scene: what is in it, as numbers, and its picture.
//
// A scene is a function of (seed, image id) alone. Its factors are drawn from separate streams of numbers, so
// they vary independently by construction:
//   category   image id mod 10: any ten consecutive images are balanced
//   pose       two numbers that bend the figure, and which way it looks
//   layout     horizon, one to three figures, where they stand and how large
//   texture    grating on the ground and clouds in the sky: orientation, frequency, contrast, noise
//   colour     hues and brightness of figure, sky and ground (day and night, snow and soil), side of the light
//
// Positions are fractions of the picture: x from the left, y from the top.
#pragma once

#include "toy/figures.h"

#include <array>
#include <cstdint>
#include <vector>

namespace bgraph::toy {

struct Placed {
  double x = 0.5, y = 0.5;  // centre
  double size = 0.25;       // half its height
  bool mirrored = false;
  Pose pose;
};

struct Scene {
  int64_t category = 0;
  // layout
  double horizon = 0.5;         // y of the horizon
  std::vector<Placed> figures;  // far to near; the last is the largest
  // texture
  double orientation = 0;  // radians, of the grating's wave vector
  double frequency = 4;    // cycles per picture width
  double contrast = 0.2;   // of the grating, Michelson
  double cloudiness = 0.1;
  std::array<double, 81> clouds{};  // 9 x 9 lattice in [0, 1], interpolated
  // colour
  double figure_hue = 0, sky_hue = 0, ground_hue = 0;  // turns, in [0, 1)
  double figure_value = 0.9, sky_value = 0.8, cloud_value = 1, ground_value = 0.6;  // brightness, in [0, 1]
  double light = 0;                                                // -1 from the left .. 1 from the right
};

/// Errors: a negative id.
Scene draw_scene(int64_t seed, int64_t image_id);

/// What a pixel shows: 0 sky, 1 ground, 2 + c a figure of category c.
inline constexpr uint8_t kSky = 0, kGround = 1, kFirstFigure = 2;

/// Paints into pixels [3, size, size] (RGB bytes) and regions [size, size].
void paint(const Scene& scene, int64_t size, uint8_t* pixels, uint8_t* regions);

}  // namespace bgraph::toy
