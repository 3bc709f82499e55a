#include "toy/scene.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/rng.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace bgraph::toy {

namespace {

double between(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }

void draw_layout(Rng& rng, Scene& scene) {
  scene.horizon = between(rng, 0.28, 0.72);
  const double many = rng.uniform();
  const int count = many < 0.55 ? 1 : many < 0.85 ? 2 : 3;
  const double largest = between(rng, 0.22, 0.42);
  for (int i = 0; i < count; ++i) {
    Placed placed;
    placed.size = i + 1 == count ? largest : largest * between(rng, 0.45, 0.7);
    placed.x = between(rng, 0.8 * placed.size, 1 - 0.8 * placed.size);
    // Stands on the ground; a figure too high for it is cut by nothing but the sky.
    const double foot = between(rng, std::min(0.9, std::max(scene.horizon + 0.06, 2 * placed.size)), 0.97);
    placed.y = foot - placed.size;
    scene.figures.push_back(placed);
  }
}

void draw_texture(Rng& rng, Scene& scene) {
  scene.orientation = between(rng, 0, std::numbers::pi);
  scene.frequency = between(rng, 2, 7);
  scene.contrast = between(rng, 0.1, 0.6);
  scene.cloudiness = between(rng, 0.1, 0.7);
  for (double& knot : scene.clouds) knot = rng.uniform();
}

void draw_colour(Rng& rng, Scene& scene) {
  scene.figure_hue = rng.uniform();
  scene.sky_hue = rng.uniform();
  scene.ground_hue = rng.uniform();
  scene.light = between(rng, -1, 1);
  scene.figure_value = between(rng, 0.45, 1);
  scene.sky_value = between(rng, 0.15, 1);
  scene.cloud_value = between(rng, 0.3, 1);
  scene.ground_value = between(rng, 0.15, 0.95);
}

struct Rgb {
  double r = 0, g = 0, b = 0;
};

Rgb operator*(const Rgb& colour, double factor) {
  return {colour.r * factor, colour.g * factor, colour.b * factor};
}

Rgb mix(const Rgb& under, const Rgb& over, double share) {
  return {under.r + share * (over.r - under.r), under.g + share * (over.g - under.g),
          under.b + share * (over.b - under.b)};
}

/// Hue in turns, saturation and value in [0, 1] (the HSV hexcone; Smith 1978).
Rgb from_hsv(double hue, double saturation, double value) {
  const auto channel = [&](double offset) {
    const double k = std::fmod(offset + 6 * (hue - std::floor(hue)), 6.0);
    return value - value * saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0);
  };
  return {channel(5), channel(3), channel(1)};
}

double cloud_at(const Scene& scene, double x, double y) {
  const double gx = std::clamp(8 * x, 0.0, 7.999), gy = std::clamp(8 * y, 0.0, 7.999);
  const auto column = static_cast<size_t>(gx), row = static_cast<size_t>(gy);
  const auto soft = [](double t) { return t * t * (3 - 2 * t); };
  const double fx = soft(gx - static_cast<double>(column)), fy = soft(gy - static_cast<double>(row));
  const auto knot = [&](size_t r, size_t c) { return scene.clouds[9 * r + c]; };
  return (1 - fy) * ((1 - fx) * knot(row, column) + fx * knot(row, column + 1)) +
         fy * ((1 - fx) * knot(row + 1, column) + fx * knot(row + 1, column + 1));
}

/// Every colour of a scene, worked out once.
struct Palette {
  std::array<Rgb, 4> figure;  // by Material
  Rgb zenith, haze;           // sky: overhead, at the horizon
  Rgb far, near;              // ground: at the horizon, at our feet
  double wave_x = 0, wave_y = 0;  // of the ground's grating, radians per picture
};

Palette palette_of(const Scene& scene) {
  Palette palette;
  const double figure = scene.figure_value, sky = scene.sky_value, ground = scene.ground_value;
  palette.figure = {from_hsv(scene.figure_hue, 0.72, figure), from_hsv(scene.figure_hue + 0.42, 0.6, 0.6 * figure),
                    from_hsv(scene.figure_hue + 0.1, 0.1, std::min(1.0, 1.15 * figure)),
                    from_hsv(scene.figure_hue + 0.5, 0.45, 0.16)};
  palette.zenith = from_hsv(scene.sky_hue, 0.65, 0.85 * sky), palette.haze = from_hsv(scene.sky_hue + 0.04, 0.3, sky);
  palette.far = from_hsv(scene.ground_hue, 0.4, ground), palette.near = from_hsv(scene.ground_hue - 0.02, 0.6, 0.8 * ground);
  palette.wave_x = 2 * std::numbers::pi * scene.frequency * std::cos(scene.orientation);
  palette.wave_y = 2 * std::numbers::pi * scene.frequency * std::sin(scene.orientation);
  return palette;
}

Rgb sky_at(const Scene& scene, const Palette& palette, double x, double y) {
  const Rgb sky = mix(palette.zenith, palette.haze, y / scene.horizon);
  const double veil = scene.cloudiness * std::max(0.0, 2 * cloud_at(scene, x, 1.35 * y) - 0.7);
  return mix(sky, {scene.cloud_value, scene.cloud_value, scene.cloud_value}, veil);
}

Rgb ground_at(const Scene& scene, const Palette& palette, double x, double y) {
  const double depth = (y - scene.horizon) / (1 - scene.horizon);  // 0 horizon, 1 at our feet
  const double grain = scene.contrast * std::sin(palette.wave_x * x + palette.wave_y * y) * (0.4 + 0.6 * depth);
  return mix(palette.far, palette.near, depth) *
         (1 + grain + 0.4 * scene.cloudiness * (cloud_at(scene, x, y) - 0.5));
}

/// How much of a pixel of width `pixel` lies inside a distance.
double coverage(double distance, double pixel) { return std::clamp(0.5 - distance / pixel, 0.0, 1.0); }

/// A soft shadow on the ground, away from the light.
double shadow_at(const Scene& scene, const Placed& figure, double x, double y) {
  const double dx = (x - figure.x + 0.35 * scene.light * figure.size) / (0.95 * figure.size);
  const double dy = (y - figure.y - 0.97 * figure.size) / (0.2 * figure.size);
  const double distance = dx * dx + dy * dy;
  return distance > 6 ? 0 : 0.45 * std::exp(-1.2 * distance);  // below a tenth of a grey level from there on
}

/// Paints one figure over `colour`; returns the share of the pixel it covers.
double paint_figure(const Scene& scene, const Placed& figure, const Palette& palette, double x, double y,
                    double pixel, Rgb& colour) {
  const Point p{(figure.mirrored ? -1 : 1) * (x - figure.x) / figure.size, (y - figure.y) / figure.size};
  const double width = pixel / figure.size;
  if (std::abs(p.x) > 1.1 + width || std::abs(p.y) > 1 + width) return 0;
  const double lit = scene.light * (x - figure.x) / figure.size;
  double edge = 10, covered = 0;
  Rgb over = colour;
  for (const Part& part : figure_at(scene.category, figure.pose, p)) {
    const double share = coverage(part.distance, width);
    over = mix(over, palette.figure[static_cast<size_t>(part.material)] * (1.02 + 0.26 * lit - 0.16 * p.y), share);
    covered = std::max(covered, share);
    edge = std::min(edge, part.distance);
  }
  const double rim = 0.45 * std::clamp(1 + edge / 0.16, 0.0, 1.0);  // darker where it turns away
  colour = mix(colour, over * (1 - rim), covered);
  return covered;
}

uint8_t to_byte(double value) { return static_cast<uint8_t>(255 * std::clamp(value, 0.0, 1.0) + 0.5); }

}  // namespace

Scene draw_scene(int64_t seed, int64_t image_id) {
  if (image_id < 0) throw Error("toy images are numbered from 0, found id " + std::to_string(image_id));
  const auto stream = [&](const char* factor) { return Rng(seed, "toy", factor, 0, image_id); };
  Scene scene;
  scene.category = image_id % kCategories;
  Rng layout = stream("layout"), texture = stream("texture"), colour = stream("colour"), pose = stream("pose");
  draw_layout(layout, scene);
  draw_texture(texture, scene);
  draw_colour(colour, scene);
  for (Placed& figure : scene.figures) {
    figure.mirrored = pose.uniform() < 0.5;
    figure.pose = {pose.uniform(), pose.uniform()};
  }
  return scene;
}

void paint(const Scene& scene, int64_t size, uint8_t* pixels, uint8_t* regions) {
  const double pixel = 1.0 / static_cast<double>(size);
  const int64_t plane = size * size;
  const Palette palette = palette_of(scene);
  for (int64_t at = 0; at < plane; ++at) {
    const double x = (static_cast<double>(at % size) + 0.5) * pixel;
    const double y = (static_cast<double>(at / size) + 0.5) * pixel;
    const double ground = coverage(scene.horizon - y, pixel);  // share of the pixel below the horizon
    Rgb colour = ground == 0   ? sky_at(scene, palette, x, y)
                 : ground == 1 ? ground_at(scene, palette, x, y)
                               : mix(sky_at(scene, palette, x, scene.horizon),
                                     ground_at(scene, palette, x, scene.horizon), ground);
    uint8_t region = ground > 0.5 ? kGround : kSky;
    for (const Placed& figure : scene.figures)
      if (ground > 0) colour = colour * (1 - ground * shadow_at(scene, figure, x, y));
    for (const Placed& figure : scene.figures)
      if (paint_figure(scene, figure, palette, x, y, pixel, colour) > 0.5)
        region = static_cast<uint8_t>(kFirstFigure + scene.category);
    pixels[at] = to_byte(colour.r), pixels[plane + at] = to_byte(colour.g), pixels[2 * plane + at] = to_byte(colour.b);
    regions[at] = region;
  }
}

}  // namespace bgraph::toy
