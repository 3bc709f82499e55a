#include "toy/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numbers>

namespace bgraph::toy {

namespace {

double length(double x, double y) { return std::sqrt(x * x + y * y); }  // std::hypot guards ranges we never see

double disc(Point p, Point centre, double radius) {
  return length(p.x - centre.x, p.y - centre.y) - radius;
}

double ellipse(Point p, Point centre, double width, double height) {
  return (length((p.x - centre.x) / width, (p.y - centre.y) / height) - 1) * std::min(width, height);
}

double box(Point p, Point centre, double width, double height) {
  return std::max(std::abs(p.x - centre.x) - width, std::abs(p.y - centre.y) - height);
}

/// A stroke with round ends.
double stroke(Point p, Point from, Point to, double radius) {
  const Point along{to.x - from.x, to.y - from.y}, offset{p.x - from.x, p.y - from.y};
  const double squared = along.x * along.x + along.y * along.y;
  const double t = std::clamp((offset.x * along.x + offset.y * along.y) / squared, 0.0, 1.0);
  return length(offset.x - t * along.x, offset.y - t * along.y) - radius;
}

/// Convex polygon, corners clockwise as seen (y down).
double polygon(Point p, std::initializer_list<Point> corners) {
  double distance = -10;
  const Point* last = corners.end() - 1;
  for (const Point& corner : corners) {
    const Point edge{corner.x - last->x, corner.y - last->y};
    const double outward = (edge.y * (p.x - last->x) - edge.x * (p.y - last->y)) / length(edge.x, edge.y);
    distance = std::max(distance, outward);
    last = &corner;
  }
  return distance;
}

Parts face(const Pose& pose, Point p) {
  Parts parts;
  const double width = 0.66 + 0.24 * pose.first, smile = 0.5 * pose.second - 0.2;
  const double head = ellipse(p, {0, 0}, width, 0.98);
  parts.add(head, Material::main);
  parts.add(std::max(head, p.y + 0.45 + 0.2 * std::abs(p.x)), Material::second);  // hair
  for (const double side : {-1.0, 1.0}) {
    parts.add(ellipse(p, {side * 0.34 * width / 0.78, -0.12}, 0.2, 0.16), Material::pale);
    parts.add(disc(p, {side * 0.34 * width / 0.78 + 0.08 * (pose.second - 0.5), -0.1}, 0.11), Material::dark);
    parts.add(stroke(p, {side * 0.34, 0.5 - smile}, {0, 0.5}, 0.07), Material::dark);
  }
  parts.add(stroke(p, {0, 0.02}, {0.06, 0.22}, 0.06), Material::second);
  return parts;
}

Parts person(const Pose& pose, Point p) {
  Parts parts;
  const double stride = 0.08 + 0.4 * pose.first, arm = 0.35 - 1.1 * pose.second;
  for (const double side : {-1.0, 1.0}) {
    parts.add(stroke(p, {side * 0.1, 0.2}, {side * stride, 0.88}, 0.12), Material::second);
    parts.add(stroke(p, {side * 0.2, -0.32}, {side * 0.66, -0.3 + side * 0.1 + arm}, 0.1), Material::main);
  }
  parts.add(stroke(p, {0, -0.28}, {0, 0.18}, 0.25), Material::main);
  parts.add(disc(p, {0, -0.74}, 0.25), Material::pale);
  return parts;
}

Parts animal(const Pose& pose, Point p) {
  Parts parts;
  const double neck = -0.1 - 0.6 * pose.first;  // from a dog to a giraffe
  for (const double leg : {-0.48, -0.28, 0.26, 0.46})
    parts.add(stroke(p, {leg, 0.2}, {leg + 0.1 * (pose.second - 0.5), 0.9}, 0.09), Material::second);
  parts.add(stroke(p, {-0.55, 0.05}, {-0.9, 0.1 - 0.6 * pose.second}, 0.07), Material::second);
  parts.add(stroke(p, {0.42, 0.1}, {0.6, neck}, 0.16), Material::main);
  parts.add(stroke(p, {-0.36, 0.14}, {0.36, 0.14}, 0.3), Material::main);
  parts.add(ellipse(p, {0.68, neck - 0.04}, 0.3, 0.2), Material::main);
  parts.add(stroke(p, {0.54, neck - 0.16}, {0.5, neck - 0.3}, 0.08), Material::second);
  parts.add(disc(p, {0.72, neck - 0.1}, 0.07), Material::dark);
  return parts;
}

Parts bird(const Pose& pose, Point p) {
  Parts parts;
  const double wing = 0.25 - 1.1 * pose.second, round = 0.34 + 0.14 * pose.first;
  for (const double leg : {-0.08, 0.14}) parts.add(stroke(p, {leg, 0.4}, {leg, 0.95}, 0.05), Material::dark);
  parts.add(polygon(p, {{-0.4, 0.0}, {-0.4, 0.3}, {-0.98, 0.45}, {-0.98, 0.15}}), Material::second);
  parts.add(ellipse(p, {0, 0.15}, 0.6, round), Material::main);
  parts.add(disc(p, {0.48, -0.25}, 0.27), Material::main);
  parts.add(polygon(p, {{0.7, -0.36}, {0.98, -0.2}, {0.7, -0.12}}), Material::second);
  parts.add(stroke(p, {0.08, 0.08}, {-0.35, wing}, 0.16), Material::second);
  parts.add(disc(p, {0.55, -0.32}, 0.08), Material::dark);
  return parts;
}

Parts tree(const Pose& pose, Point p) {
  Parts parts;
  parts.add(box(p, {0, 0.62}, 0.1 + 0.08 * pose.second, 0.38), Material::second);
  const double wide = 0.5 + 0.35 * pose.second;
  if (pose.first < 0.5) {  // a fir
    parts.add(polygon(p, {{0, -0.3}, {wide, 0.5}, {-wide, 0.5}}), Material::main);
    parts.add(polygon(p, {{0, -0.95}, {0.8 * wide, 0.1}, {-0.8 * wide, 0.1}}), Material::main);
  } else {  // an oak
    parts.add(disc(p, {-0.5 * wide, -0.05}, 0.42), Material::main);
    parts.add(disc(p, {0.5 * wide, -0.1}, 0.42), Material::main);
    parts.add(disc(p, {0, -0.5}, 0.46), Material::main);
  }
  return parts;
}

Parts flower(const Pose& pose, Point p) {
  Parts parts;
  const Point heart{0.3 * (pose.second - 0.5), -0.35};
  parts.add(stroke(p, {0, 0.95}, heart, 0.07), Material::second);
  parts.add(ellipse(p, {0.3, 0.6}, 0.26, 0.12), Material::second);
  const int petals = 4 + static_cast<int>(pose.first * 3.99);
  const double size = 0.9 / static_cast<double>(petals) + 0.06;
  for (int i = 0; i < petals; ++i) {
    const double angle = 2 * std::numbers::pi * (i + pose.second) / petals;
    parts.add(disc(p, {heart.x + 0.37 * std::cos(angle), heart.y + 0.37 * std::sin(angle)}, size),
              Material::main);
  }
  parts.add(disc(p, heart, 0.2), Material::pale);
  return parts;
}

Parts house(const Pose& pose, Point p) {
  Parts parts;
  const double wide = 0.5 + 0.3 * pose.first, eaves = 0.05 - 0.35 * pose.second;
  parts.add(box(p, {0, 0.5 * (1 + eaves)}, wide, 0.5 * (1 - eaves)), Material::main);
  parts.add(polygon(p, {{0, -0.98}, {wide + 0.18, eaves}, {-wide - 0.18, eaves}}), Material::second);
  parts.add(box(p, {-0.45 * wide, 0.72}, 0.16, 0.28), Material::dark);
  parts.add(box(p, {0.42 * wide, 0.5 * (eaves + 1) - 0.05}, 0.2, 0.18), Material::pale);
  return parts;
}

Parts boat(const Pose& pose, Point p) {
  Parts parts;
  const double sail = 0.3 + 0.5 * pose.first;
  parts.add(stroke(p, {0, -0.9}, {0, 0.5}, 0.05), Material::dark);
  parts.add(polygon(p, {{0.07, -0.9}, {0.07 + sail, 0.38}, {0.07, 0.38}}), Material::pale);
  parts.add(polygon(p, {{-0.08, -0.6 + 0.5 * pose.second}, {-0.08, 0.38}, {-0.7, 0.38}}), Material::second);
  parts.add(polygon(p, {{-0.98, 0.48}, {0.98, 0.48}, {0.62, 0.98}, {-0.62, 0.98}}), Material::main);
  return parts;
}

Parts car(const Pose& pose, Point p) {
  Parts parts;
  const double roof = -0.15 - 0.5 * pose.first, nose = 0.35 + 0.3 * pose.second;
  parts.add(polygon(p, {{-0.6, roof}, {0.25, roof}, {nose, 0.25}, {-0.85, 0.25}}), Material::main);
  parts.add(polygon(p, {{-0.48, roof + 0.12}, {-0.15, roof + 0.12}, {-0.15, 0.15}, {-0.65, 0.15}}),
            Material::pale);
  parts.add(polygon(p, {{-0.03, roof + 0.12}, {0.18, roof + 0.12}, {nose - 0.15, 0.15}, {-0.03, 0.15}}),
            Material::pale);
  parts.add(box(p, {0, 0.45}, 0.96, 0.25), Material::main);
  for (const double wheel : {-0.52, 0.52}) {
    parts.add(disc(p, {wheel, 0.72}, 0.27), Material::dark);
    parts.add(disc(p, {wheel, 0.72}, 0.11), Material::pale);
  }
  return parts;
}

/// A board with one of four letters: T, L, H, X.
Parts sign(const Pose& pose, Point p) {
  Parts parts;
  const double wide = 0.55 + 0.35 * pose.second;
  parts.add(box(p, {0, 0.6}, 0.09, 0.4), Material::second);
  parts.add(box(p, {0, -0.35}, wide, 0.62), Material::main);
  parts.add(box(p, {0, -0.35}, wide - 0.12, 0.5), Material::pale);
  const double w = wide - 0.3, top = -0.7, low = 0.0, pen = 0.09;
  const auto line = [&](Point from, Point to) { parts.add(stroke(p, from, to, pen), Material::dark); };
  switch (static_cast<int>(pose.first * 3.99)) {
    case 0: line({-w, top}, {w, top}), line({0, top}, {0, low}); break;
    case 1: line({-w, top}, {-w, low}), line({-w, low}, {w, low}); break;
    case 2: line({-w, top}, {-w, low}), line({w, top}, {w, low}), line({-w, -0.35}, {w, -0.35}); break;
    default: line({-w, top}, {w, low}), line({w, top}, {-w, low}); break;
  }
  return parts;
}

using Drawing = Parts (*)(const Pose&, Point);
constexpr std::array<Drawing, kCategories> kDrawings = {face,   person, animal, bird, tree,
                                                        flower, house,  boat,   car,  sign};

}  // namespace

Parts figure_at(int64_t category, const Pose& pose, const Point& point) {
  return kDrawings.at(static_cast<size_t>(category))(pose, point);
}

}  // namespace bgraph::toy
