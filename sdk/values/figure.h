// Figure: pictures for people, with caption and alternative text.
//
// A plain figure is one SVG or PNG. A gallery is a grid of PNGs (rows = images, columns = stages) with a
// number or more per row, so that the report can sort it.
#pragma once

#include <bgraph/sdk/value.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph {

struct GalleryRow {
  std::string name;                      // "image 17"
  std::vector<std::string> files;        // one PNG per column; "" = none
  std::map<std::string, double> scores;  // metric -> value, to sort by
};

struct Figure {
  static constexpr const char* kType = "Figure";

  std::string title;
  std::string caption;
  std::string alt;                           // what the picture shows, for those who cannot see it
  std::map<std::string, std::string> files;  // "figure.svg", "0.png", ... -> bytes
  std::vector<std::string> columns;          // gallery: headings; empty = plain figure
  std::vector<GalleryRow> gallery;

  Value to_value() const;
  static Figure from_value(const Value& value);
};

/// PNG bytes of one image [3, H, W] (float in [0, 1] or uint8), each pixel enlarged `scale` times.
std::string png_of(const at::Tensor& image, int64_t scale = 1);

}  // namespace bgraph
