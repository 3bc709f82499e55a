// figures.gallery: seen images beside what was made of them, stage by stage, in the report sortable by any score.
//
// One row per seen image, in their order and without selection: the first `rows`. One column per entry of `stages`,
// matched by image id; where a stage has a row per subject, that of `subject` is shown, and a stage with one row per
// image (a control) shows that. A missing picture stays empty. Scores come from the `per_image` table of
// metrics.reconstruction, from the rows of `method`.
//
//   [nodes.gallery]
//   type   = "figures.gallery"
//   names  = ["low-level", "semantic", "both", "nearest training image"]
//   method = "both"
//   [nodes.gallery.inputs]
//   seen      = "brains.validation_images"
//   stages    = ["low_images", "semantic", "both", "nearest"]
//   per_image = "scores.per_image"

#include <bgraph/sdk/node.h>

#include <fmt/format.h>

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
    field("names", names, any(), "heading of each stage, in order; empty = \"1\", \"2\", ...");
    field("method", method, any(), "whose scores the rows carry, as named in `per_image`; empty = the last stage's");
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
  InList<Images> stages{this, "stages", "what was made of it, one column each"};
  In<Table> per_image{this, "per_image", "scores per method, image and subject, to sort by", kOptional};
  Out<Figure> figure{this, "figure", "the gallery", "=seen"};

  void run(Context& ctx) override {
    if (!params_.names.empty() && params_.names.size() != stages.size())
      throw Error(fmt::format("{} names for {} stages", params_.names.size(), stages.size()), "name each stage once, in order");
    Figure result{.title = params_.title};
    result.columns.push_back("seen");
    for (size_t s = 0; s < stages.size(); ++s)
      result.columns.push_back(params_.names.empty() ? std::to_string(s + 1) : params_.names[s]);
    const int64_t rows = std::min(params_.rows, seen->size());
    result.caption = fmt::format("{} of {} images, in the order they were given, subject {}.", rows, seen->size(), params_.subject + 1);
    result.alt = fmt::format("Grid of {} rows: the seen image, then {}.", rows, headings(result.columns));
    const auto scores = scores_by_image(result);
    for (int64_t i = 0; i < rows; ++i) {
      ctx.stop_if_cancelled();
      const auto id = seen->image_id[i].item<int64_t>();
      GalleryRow row{fmt::format("image {}", id), {}, {}};
      add(result, row, i, 0, seen->pixels[i]);
      for (size_t s = 0; s < stages.size(); ++s) {
        const int64_t at = row_of(stages[s], id);
        if (at < 0) row.files.push_back("");
        else add(result, row, i, s + 1, stages[s].pixels[at]);
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

  std::map<int64_t, std::map<std::string, double>> scores_by_image(const Figure& result) const {
    std::map<int64_t, std::map<std::string, double>> scores;
    if (!per_image.given()) return scores;
    const std::string method = params_.method.empty() ? result.columns.back() : params_.method;
    const std::set<std::string> labels = {"method", "image", "category", "subject"};
    std::set<std::string> known;
    for (const auto& row : per_image->rows) {
      const auto& name = std::get<std::string>(row.cells.at("method"));
      known.insert(name);
      if (name != method || std::get<double>(row.cells.at("subject")) != static_cast<double>(params_.subject)) continue;
      auto& of_image = scores[static_cast<int64_t>(std::get<double>(row.cells.at("image")))];
      for (const auto& [column, cell] : row.cells)
        if (labels.count(column) == 0 && std::holds_alternative<double>(cell) && !std::isnan(std::get<double>(cell)))
          of_image[column] = std::get<double>(cell);
    }
    if (known.count(method) == 0)
      throw Error("`per_image` has no scores of '" + method + "'",
                  "set `method` to one of its methods; " + did_you_mean(method, {known.begin(), known.end()}));
    return scores;
  }

  GalleryParams params_;
};

BGRAPH_NODE(Gallery, "figures.gallery")

}  // namespace bgraph::figures
