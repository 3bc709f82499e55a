// The ten figures of the toy scenes, as signed distances: what makes a category.
//
// A figure lives in its own frame: x to the right, y down, |x| and |y| at most 1, standing on y = 1. It is a list
// of parts painted one over the other; each part is a distance (negative inside, in units of the frame) and a
// material. Two pose numbers in [0, 1] bend every figure widely (a smile, raised arms, a fir or an oak), so that
// two images of one category can be told apart.
//
// Distances of convex polygons and ellipses are bounds, exact on the edge: enough for anti-aliasing.
#pragma once

#include <array>
#include <cstdint>

namespace bgraph::toy {

inline constexpr int64_t kCategories = 10;
inline constexpr std::array<const char*, kCategories> kCategoryNames = {
    "face", "person", "animal", "bird", "tree", "flower", "house", "boat", "car", "sign"};

struct Point {
  double x = 0, y = 0;
};

enum class Material { main, second, pale, dark };

struct Part {
  double distance = 0;
  Material material = Material::main;
};

struct Pose {
  double first = 0.5, second = 0.5;  // each in [0, 1]; what they bend depends on the figure
};

/// Parts of one figure seen from one point, in painting order.
class Parts {
 public:
  void add(double distance, Material material) { parts_.at(count_++) = {distance, material}; }
  const Part* begin() const { return parts_.data(); }
  const Part* end() const { return parts_.data() + count_; }

 private:
  std::array<Part, 16> parts_;
  size_t count_ = 0;
};

Parts figure_at(int64_t category, const Pose& pose, const Point& point);

}  // namespace bgraph::toy
