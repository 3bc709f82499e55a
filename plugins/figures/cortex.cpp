// figures.cortex: the voxels of one subject on the cortical sheet, coloured by cluster, by score or by ROI.
//
// Both hemispheres side by side, seen from above the sheet, axes in mm (the first two coordinates of the position).
// With `v2c` the colour is the functional cluster (voxels without one are grey), with `score` a value per voxel,
// with neither the ROI. Voxels without a position are left out and counted in the caption.
//
//   [nodes.cortex]
//   type   = "figures.cortex"
//   inputs = { voxels = "brains.voxels", v2c = "clusters" }

#include "colours.h"

#include <bgraph/sdk/node.h>

#include <fmt/format.h>

#include <cmath>

namespace bgraph::figures {

struct CortexParams {
  int64_t subject = 0;
  std::string title;

  template <class Visitor>
  void visit(Visitor& field) {
    field("subject", subject, at_least(0), "index of the subject that is shown");
    field("title", title, any(), "title of the figure; empty = what is coloured");
  }
};

class Cortex final : public Node {
 public:
  explicit Cortex(CortexParams params) : params_(std::move(params)) {}

  In<Voxels> voxels{this, "voxels", "positions, hemispheres and ROIs"};
  In<ClusterMap> v2c{this, "v2c", "functional cluster per voxel", kOptional};
  In<Tensor> score{this, "score", {"V"}, at::kFloat, "a value per voxel; NaN is grey", kOptional};
  Out<Figure> figure{this, "figure", "the map, SVG"};

  void run(Context&) override {
    if (v2c.given() && score.given()) throw Error("a map has one colour per voxel", "give either `v2c` or `score`");
    if (params_.subject >= static_cast<int64_t>(voxels->subjects.size()))
      throw Error(fmt::format("there is no subject {}, only {}", params_.subject, voxels->subjects.size()));
    const std::string& name = voxels->subjects[static_cast<size_t>(params_.subject)];
    const std::string what = v2c.given() ? "functional clusters" : score.given() ? "score per voxel" : "regions of interest";
    const at::Tensor own = (voxels->subject == params_.subject).nonzero().flatten();
    const at::Tensor position = voxels->position.index_select(0, own).narrow(1, 0, 2);
    const at::Tensor placed = own.index_select(0, position.isnan().any(1).logical_not().nonzero().flatten());
    Figure map{.title = params_.title.empty() ? fmt::format("{}: {}", name, what) : params_.title};
    map.caption = fmt::format("{} voxels of {}, left and right hemisphere, positions in mm.", placed.size(0), name);
    if (own.size(0) > placed.size(0)) map.caption += fmt::format(" {} voxels have no position.", own.size(0) - placed.size(0));
    map.alt = fmt::format("Two cortical sheets with {} dots, coloured by {}.", placed.size(0), what);
    map.files["figure.svg"] = drawn(placed, map.alt);
    figure = std::move(map);
  }

 private:
  static constexpr double kPanel = 300, kMargin = 44, kGap = 30;  // SVG units

  /// The part of the sheet that is shown, the same for both hemispheres.
  struct View {
    double left = 0, bottom = 0, extent = 1;
    double x(double mm) const { return (mm - left) / extent * kPanel; }
    double y(double mm) const { return kPanel - (mm - bottom) / extent * kPanel; }
  };

  std::string colour_of(int64_t voxel, double low, double high) const {
    if (v2c.given()) {
      const auto cluster = v2c->cluster[voxel].item<int64_t>();
      return cluster < 0 ? kMissing : categorical(cluster);
    }
    if (score.given()) {
      const double value = (*score)[voxel].item<float>();
      return std::isnan(value) ? kMissing : sequential(high > low ? (value - low) / (high - low) : 0.5);
    }
    const auto roi = voxels->roi[voxel].item<int64_t>();
    return roi < 0 ? kMissing : categorical(roi);
  }

  std::string drawn(const at::Tensor& placed, const std::string& alt) const {
    double low = 0, high = 0;
    if (score.given()) {
      const at::Tensor values = score->index_select(0, placed);
      const at::Tensor known = values.masked_select(values.isnan().logical_not());
      if (known.numel() > 0) low = known.min().item<double>(), high = known.max().item<double>();
    }
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" font-family=\"system-ui, "
        "sans-serif\" font-size=\"11\"><title>{}</title>", 2 * kPanel + kGap + kMargin + 10, kPanel + 116, escaped(alt));
    for (const int64_t side : {0, 1}) svg += hemisphere(placed, side, low, high);
    svg += score.given() ? scale_legend(low, high) : v2c.given() ? std::string() : roi_legend(placed);
    return svg + "</svg>\n";
  }

  std::string hemisphere(const at::Tensor& placed, int64_t side, double low, double high) const {
    const at::Tensor here = placed.index_select(0, (voxels->hemisphere.index_select(0, placed) == side).nonzero().flatten());
    std::string svg = fmt::format("<g transform=\"translate({:.0f} 26)\"><text x=\"{:.0f}\" y=\"-10\" text-anchor=\"middle\" "
                                  "fill=\"currentColor\">{} hemisphere</text>",
                                  kMargin + static_cast<double>(side) * (kPanel + kGap), kPanel / 2, side == 0 ? "left" : "right");
    const View view = view_of(here);
    svg += axes(view);
    for (int64_t i = 0; i < here.size(0); ++i) {
      const auto voxel = here[i].item<int64_t>();
      const at::Tensor at = voxels->position[voxel];
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.4\" fill=\"{}\"/>", view.x(at[0].item<float>()),
                         view.y(at[1].item<float>()), colour_of(voxel, low, high));
    }
    return svg + "</g>";
  }

  View view_of(const at::Tensor& here) const {
    if (here.size(0) == 0) return {};
    const at::Tensor position = voxels->position.index_select(0, here).narrow(1, 0, 2).to(at::kDouble);
    const at::Tensor low = std::get<0>(position.min(0)), high = std::get<0>(position.max(0)), span = high - low;
    const double extent = std::max(1.0, 1.06 * span.max().item<double>());
    const at::Tensor corner = (low + high - extent) / 2;  // the view is square: mm are as long in x as in y
    return {corner[0].item<double>(), corner[1].item<double>(), extent};
  }

  static std::string axes(const View& view) {
    std::string svg = fmt::format("<rect width=\"{0:.0f}\" height=\"{0:.0f}\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".25\"/>", kPanel);
    const double step = view.extent > 80 ? 20 : view.extent > 30 ? 10 : view.extent > 12 ? 5 : 1;
    for (double mm = std::ceil(view.left / step) * step; mm <= view.left + view.extent; mm += step)
      svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\" fill=\"currentColor\" fill-opacity=\".7\">{:g}</text>", view.x(mm), kPanel + 15, mm + 0.0);
    for (double mm = std::ceil(view.bottom / step) * step; mm <= view.bottom + view.extent; mm += step)
      svg += fmt::format("<text x=\"-6\" y=\"{:.1f}\" text-anchor=\"end\" fill=\"currentColor\" fill-opacity=\".7\">{:g}</text>", view.y(mm) + 4, mm + 0.0);
    return svg + fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"middle\" fill=\"currentColor\" fill-opacity=\".7\">mm</text>", kPanel / 2, kPanel + 30);
  }

  static std::string scale_legend(double low, double high) {
    std::string svg = fmt::format("<g transform=\"translate({:.0f} {:.0f})\">", kMargin, kPanel + 70);
    for (int i = 0; i < 40; ++i) svg += fmt::format("<rect x=\"{}\" width=\"5\" height=\"10\" fill=\"{}\"/>", 5 * i, sequential(i / 39.0));
    return svg + fmt::format("<text y=\"22\" fill=\"currentColor\">{:.3g}</text><text x=\"200\" y=\"22\" text-anchor=\"end\" "
                             "fill=\"currentColor\">{:.3g}</text></g>", low, high);
  }

  std::string roi_legend(const at::Tensor& placed) const {
    std::string svg = fmt::format("<g transform=\"translate({:.0f} {:.0f})\">", kMargin, kPanel + 76);
    double x = 0, y = 0;
    for (size_t r = 0; r < voxels->roi_names.size(); ++r) {
      if (!(voxels->roi.index_select(0, placed) == static_cast<int64_t>(r)).any().item<bool>()) continue;
      const double width = 30 + 6.4 * static_cast<double>(voxels->roi_names[r].size());
      if (x + width > 2 * kPanel + kGap) x = 0, y += 17;
      svg += fmt::format("<circle cx=\"{:.0f}\" cy=\"{:.0f}\" r=\"5\" fill=\"{}\"/><text x=\"{:.0f}\" y=\"{:.0f}\" fill=\"currentColor\">{}</text>",
                         x + 5, y - 4, categorical(static_cast<int64_t>(r)), x + 14, y, escaped(voxels->roi_names[r]));
      x += width;
    }
    return svg + "</g>";
  }

  CortexParams params_;
};

BGRAPH_NODE(Cortex, "figures.cortex")

}  // namespace bgraph::figures
