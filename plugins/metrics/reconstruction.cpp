// metrics.reconstruction: how well reconstructions match the images that were seen, method by method.
//
//   pixcorr            correlation over pixels                          mse    mean squared error over pixels
//   ssim, ssim_uniform structural similarity, 11 x 11 Gaussian or 7 x 7 uniform window
//   two_way_*          identification among all seen images, by correlation: of pixels, of a shallow and of a deep
//                      layer of the judge; *_within: only images of the same category compete
//   top1_deep          chance that the reconstruction is nearest to its own image among `ways` images
//   rank_deep          rank of the own image, 1 is best             distance_deep   1 - correlation of deep features
//
// Each mean comes with its interval (*_lo, *_hi: bootstrap over images crossed with subjects) and, for two-way, the
// band it would lie in if reconstructions and images did not belong together (*_chance_lo, *_chance_hi).
//
// Rows find their seen image by id; where one image has several rows, the k-th is subject k unless `subjects` says
// otherwise. Images of another size are resized to that of the seen ones. The judge must be none of `networks`, those
// the reconstructions were made with, and none may have been trained on the scored images. Pixels that are not finite
// are refused. SSIM alone decides nothing: blurred and mean images win it, so a mean-image row belongs in the list.
//
// Source: MindEye2 evaluation notebook, as used by Brain-IT (arXiv:2510.25976): size = 425. Differs: intervals, and
// N-way top-1 is exact over all draws of distractors. The default scores images at their own size.
//
//   [nodes.scores]
//   type  = "metrics.reconstruction"
//   names = ["low-level", "semantic", "both", "mean image"]
//   [nodes.scores.inputs]
//   images   = ["low_images", "semantic", "both", "mean_image"]
//   seen     = "brains.validation_images"
//   judge    = "judge"
//   networks = ["backbone", "low_net", "sem_net", "prior"]

#include "permutation_band.h"
#include "scoring.h"
#include "scoring_params.h"

#include <bgraph/sdk/node.h>

namespace bgraph::metrics {

namespace {

constexpr int64_t kMetricVersion = 1;  // raised when a definition changes: rows of two versions are two protocols

}  // namespace

struct ReconstructionParams {
  std::vector<std::string> names;
  int64_t size = 0;
  bool antialias = false;
  std::string ssim = "gaussian";
  std::string shallow, deep;
  int64_t ways = 0;
  ScoringParams scoring;

  template <class Visitor>
  void visit(Visitor& field) {
    field("names", names, any(), "name of each entry of `images`, in order; empty = \"1\", \"2\", ...");
    field("size", size, at_least(0), "pixels the images are resized to for PixCorr and SSIM; 0 = as they are, papers: 425");
    field("antialias", antialias, any(), "antialias when resizing makes images smaller (the published scores did not)");
    field("ssim", ssim, one_of({"gaussian", "uniform", "both"}), "window of SSIM: 11 x 11 Gaussian, 7 x 7 uniform");
    field("shallow", shallow, any(), "tap of the judge for shallow features; empty = its first");
    field("deep", deep, any(), "tap of the judge for deep features; empty = its last");
    field("ways", ways, at_least(0), "images competing in top1_deep, the own one included; 0 = all seen images");
    scoring.visit(field);
  }
};

class Reconstruction final : public Node {
 public:
  explicit Reconstruction(ReconstructionParams params) : params_(std::move(params)) { draws_numbers(); }

  InList<Images> images{this, "images", "reconstructions, one entry per method"};
  In<Images> seen{this, "seen", "what was shown, each image once"};
  In<Model> judge{this, "judge", "ImageBackbone that judges; without one only pixels are compared", kOptional};
  InList<Model> networks{this, "networks", "networks the reconstructions were made with", kOptional};
  In<Tensor> subjects{this, "subjects", {"M"}, at::kLong, "subject index per row of a method with M rows", kOptional};
  Out<Table> table{this, "table", "one row per method: means, intervals, chance bands", "=seen"};
  Out<Table> per_image{this, "per_image", "one row per method, image and subject", "=seen"};

  void run(Context& ctx) override {
    const auto names = entry_names(params_.names, images.size());
    std::shared_ptr<ImageBackbone> backbone;
    if (judge.given()) backbone = admit(ctx);
    SeenImages shown{.pixels = seen->unit_range(), .category = {}, .judged = {}};
    if ((seen->category >= 0).any().item<bool>()) shown.category = seen->category;
    shown.labels = permuted_labels(seen->size(), {}, params_.scoring.permutations, ctx.rng("permutation"));
    shown.labels_within = permuted_labels(seen->size(), seen->category, params_.scoring.permutations, ctx.rng("permutation"));
    if (backbone) shown.judged = look_at(*backbone, shown.pixels, taps_, ctx.device());

    Table means{.title = "Reconstruction scores", .split = seen->split, .protocol = protocol()};
    means.inputs["seen"] = seen.digest().brief();
    for (size_t m = 0; m < images.size(); ++m) means.inputs["images"].push_back(images.digest(m).brief());
    Table each{.title = "Reconstruction scores by image", .split = seen->split, .protocol = means.protocol, .inputs = means.inputs};
    for (size_t m = 0; m < images.size(); ++m) {
      ctx.stop_if_cancelled();
      const std::string& name = names[m];
      ctx.progress(static_cast<int64_t>(m), static_cast<int64_t>(images.size()), name);
      const Images& method = images[m];
      require_scorable(method, *seen, name);
      const bool stated = subjects.given() && subjects->numel() == method.size();
      const RowPlaces places = place_rows(method.image_id, seen->image_id, stated ? at::Tensor(*subjects) : at::Tensor(), name);
      const at::Tensor pixels = resized(method.unit_range(), {shown.pixels.size(3), resize_method()});
      JudgedFeatures judged;
      if (backbone) judged = look_at(*backbone, pixels, taps_, ctx.device());
      const auto scores = score_rows(shown, pixels, judged, places, settings());
      if (m == 0) declare_scores(scores, means, each);
      Row& row = means.row(name);
      add_means(row, scores, places, params_.scoring.resamples, ctx.rng("bootstrap"));
      row.cells["images"] = static_cast<double>(std::get<0>(at::_unique2(places.image)).size(0));
      row.cells["subjects"] = static_cast<double>(places.subjects);
      add_rows(each, name, scores, places, *seen);
    }
    means.column("images").column("subjects");
    annotate(means);
    table = std::move(means);
    per_image = std::move(each);
  }

 private:
  std::shared_ptr<ImageBackbone> admit(Context& ctx) {
    if (!params_.scoring.allow_same_network) refuse_same_network(*judge, *networks);
    refuse_trained_on(*networks, seen->image_id, seen->id_space);
    auto backbone = ctx.build<ImageBackbone>(*judge);
    taps_ = complete({params_.shallow, params_.deep}, *backbone);
    return backbone;
  }

  ResizeMethod resize_method() const {
    return params_.antialias ? ResizeMethod::bilinear_antialias : ResizeMethod::bilinear;
  }

  ScoringSettings settings() const {
    return {.resize = {params_.size, resize_method()},
            .gaussian = params_.ssim != "uniform",
            .uniform = params_.ssim != "gaussian",
            .ways = params_.ways};
  }

  Json protocol() const {
    Json used = Json::array();
    for (const auto& network : networks) used.push_back(name_of(network));
    Json json = {{"metric_version", kMetricVersion}, {"images", seen->size()},   {"list", list_digest(seen->image_id)},
                 {"id_space", seen->id_space},       {"split", seen->split},     {"size", params_.size},
                 {"antialias", params_.antialias},   {"pixels", seen->pixels.size(3)},
                 {"networks", used}};
    if (params_.scoring.repeats > 0) json["repeats"] = params_.scoring.repeats;
    if (judge.given()) {
      json["judge"] = name_of(*judge);
      json["judge_digest"] = judge.digest().brief();
      json["shallow"] = taps_.shallow, json["deep"] = taps_.deep;
      json["ways"] = params_.ways > 0 ? params_.ways : seen->size();
      json["same_network_allowed"] = params_.scoring.allow_same_network;
    }
    return json;
  }

  void annotate(Table& means) const {
    means.notes.push_back("Intervals: central 95 % of a bootstrap over images crossed with subjects.");
    means.notes.push_back("Chance bands: central 95 % of two-way identification under permuted image labels.");
    means.notes.push_back("SSIM never decides alone: blurred and mean images win it.");
    if (judge.given())
      means.notes.push_back("Judged by " + name_of(*judge) + " (shallow: " + taps_.shallow + ", deep: " + taps_.deep +
                            "), which is not used in making the reconstructions" +
                            (params_.scoring.allow_same_network ? " unless stated: the exception was allowed." :
                             networks.size() > 0        ? "." : " as far as the graph says."));
  }

  ReconstructionParams params_;
  JudgeTaps taps_;
};

BGRAPH_NODE(Reconstruction, "metrics.reconstruction")

}  // namespace bgraph::metrics
