// figures.gallery: seen images beside what was made of them, stage by stage, in the report sortable by any score.
//
// One row per seen image, in their order and without selection: the first `rows`. One column per entry of `images`,
// matched by image id; where an entry has a row per subject, that of `subject` is shown, and one with one row per
// image (a control) shows that. A missing picture stays empty. Scores come from the `per_image` table of
// metrics.reconstruction, from the rows of `method`.
//
//   [nodes.gallery]
//   type   = "figures.gallery"
//   names  = ["low-level", "semantic", "both", "nearest training image"]
//   method = "both"
//   [nodes.gallery.inputs]
//   seen      = "brains.validation_images"
//   images    = ["low_images", "semantic", "both", "nearest"]
//   per_image = "scores.per_image"

#include <bgraph/sdk/node.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace bgraph::figures {

struct GalleryParams {
  std::vector<std::string> names;
  std::string method;
  std::string title = "Seen and reconstructed";
  int64_t subject = 0;
  int64_t rows = 60;
  int64_t scale = 2;

  template <class Visitor>
  void visit(Visitor& field) {
    field("names", names, any(), "heading of each entry of `images`, in order; empty = \"1\", \"2\", ...");
    field("method", method, any(), "whose scores the rows carry, as named in `per_image`; empty = the last heading that has scores");
    field("title", title, any(), "title of the figure");
    field("subject", subject, at_least(0), "index of the subject that is shown");
    field("rows", rows, at_least(1), "images shown at most, from the first");
    field("scale", scale, between(1, 16), "screen pixels per image pixel in the stored pictures");
  }
};

class Gallery final : public Node {
 public:
  explicit Gallery(GalleryParams params) : params_(std::move(params)) {}

  In<Images> seen{this, "seen", "what was shown, one row of the gallery each"};
  InList<Images> images{this, "images", "what was made of it, one column each"};
  In<Table> per_image{this, "per_image", "scores per method, image and subject, to sort by", kOptional};
  Out<Figure> figure{this, "figure", "the gallery", "=seen"};

  void run(Context& ctx) override {
    if (!params_.names.empty() && params_.names.size() != images.size())
      throw Error(fmt::format("{} names for {} entries of `images`", params_.names.size(), images.size()), "name each entry once, in order");
    Figure result{.title = params_.title};
    result.columns.push_back("seen");
    for (size_t s = 0; s < images.size(); ++s)
      result.columns.push_back(params_.names.empty() ? std::to_string(s + 1) : params_.names[s]);
    const int64_t rows = std::min(params_.rows, seen->size());
    result.caption = fmt::format("{} of {} images, in the order they were given, subject {}.", rows, seen->size(), params_.subject + 1);
    result.alt = fmt::format("Grid of {} rows: the seen image, then {}.", rows, headings(result.columns));
    const std::string method = scored_method(result);
    if (!method.empty()) result.caption += " Scores are those of '" + method + "'.";
    const auto scores = scores_by_image(method);
    for (int64_t i = 0; i < rows; ++i) {
      ctx.stop_if_cancelled();
      const auto id = seen->image_id[i].item<int64_t>();
      GalleryRow row{fmt::format("image {}", id), {}, {}};
      add(result, row, i, 0, seen->pixels[i]);
      for (size_t s = 0; s < images.size(); ++s) {
        const int64_t at = row_of(images[s], id);
        if (at < 0) row.files.push_back("");
        else add(result, row, i, s + 1, images[s].pixels[at]);
      }
      if (const auto found = scores.find(id); found != scores.end()) row.scores = found->second;
      result.gallery.push_back(std::move(row));
    }
    figure = std::move(result);
  }

 private:
  static std::string headings(const std::vector<std::string>& columns) {
    std::string all;
    for (size_t c = 1; c < columns.size(); ++c) all += (c > 1 ? ", " : "") + columns[c];
    return all;
  }

  void add(Figure& result, GalleryRow& row, int64_t image, size_t column, const at::Tensor& pixels) const {
    row.files.push_back(fmt::format("{:03}_{}.png", image, column));
    result.files[row.files.back()] = png_of(pixels, params_.scale);
  }

  /// The row of an image: the subject's own, or the only one there is; -1 if there is none.
  int64_t row_of(const Images& stage, int64_t id) const {
    const at::Tensor found = (stage.image_id == id).nonzero().flatten();
    if (found.size(0) == 0) return -1;
    if (found.size(0) == 1) return found[0].item<int64_t>();
    return params_.subject < found.size(0) ? found[params_.subject].item<int64_t>() : -1;
  }

  /// Whose scores are shown: the asked for, or the last column that has some; "" without scores.
  std::string scored_method(const Figure& result) const {
    if (!per_image.given()) return {};
    std::set<std::string> known;
    for (const auto& row : per_image->rows) known.insert(std::get<std::string>(row.cells.at("method")));
    if (params_.method.empty()) {
      const auto last = std::find_if(result.columns.rbegin(), result.columns.rend(), [&](const auto& name) { return known.count(name) > 0; });
      return last == result.columns.rend() ? "" : *last;
    }
    if (known.count(params_.method) == 0)
      throw Error("`per_image` has no scores of '" + params_.method + "'",
                  "set `method` to one of its methods; " + did_you_mean(params_.method, {known.begin(), known.end()}));
    return params_.method;
  }

  std::map<int64_t, std::map<std::string, double>> scores_by_image(const std::string& method) const {
    std::map<int64_t, std::map<std::string, double>> scores;
    if (method.empty()) return scores;
    const std::set<std::string> labels = {"method", "image", "category", "subject"};
    for (const auto& row : per_image->rows) {
      if (std::get<std::string>(row.cells.at("method")) != method ||
          std::get<double>(row.cells.at("subject")) != static_cast<double>(params_.subject))
        continue;
      auto& of_image = scores[static_cast<int64_t>(std::get<double>(row.cells.at("image")))];
      for (const auto& [column, cell] : row.cells)
        if (labels.count(column) == 0 && std::holds_alternative<double>(cell) && !std::isnan(std::get<double>(cell)))
          of_image[column] = std::get<double>(cell);
    }
    return scores;
  }

  GalleryParams params_;
};

BGRAPH_NODE(Gallery, "figures.gallery")

}  // namespace bgraph::figures
