// metrics.paper: reconstructions scored as the papers score theirs, by a protocol that is one versioned object.
//
//   pixcorr ssim            pixels at 425: correlation; similarity of grey images in the two-dimensional form
//   two_way_alex2 _alex5    identification among all seen images by AlexNet's second and fifth layer,
//   two_way_incep _clip     Inception's pooled features, CLIP's image embedding           chance 1/2
//   distance_eff _swav      1 - correlation of pooled features, EfficientNet-B1 and SwAV  lower is better
//   color_ssim lpips        Brain-IT's further metrics; and 1000-way CLIP in both readings of it:
//   top1_clip_outside         999 distractors from `outside` (images of the data set that are no test images)
//   top1_clip_test            the other seen images as distractors
//
// `protocol = "brainit"` resizes both sides to 224 first, "mindeye2" to 256; `definition` takes a file of one's own
// (the form is in plugins/metrics/protocols). Which network reads what, at which size, stands in the definition, and
// the definition in the table. A network that is not wired leaves its metrics out, and the table says which.
// Rows find their seen image by id. Entries of one name are subjects of one method, in order; within an entry the k-th
// row of one image is subject k, unless `subjects` says otherwise. A judge must be none of `networks`, those the
// reconstructions were made with. Pixels that are not finite are refused.
//
// Each mean comes with its interval (bootstrap over images crossed with subjects) and, for two-way, the band it would
// lie in if reconstructions and images did not belong together.
//
// Source: MindEye2 (arXiv:2403.11207) evaluation notebook; Brain-IT (arXiv:2510.25976), table of further metrics.
// Differs: intervals and bands; top-1 is exact over all draws of 999 distractors, where the published is one draw.
//
//   [nodes.scores]
//   type     = "metrics.paper"
//   protocol = "brainit"
//   names    = ["ours"]
//   repeats  = 3
//   [nodes.scores.inputs]
//   images   = ["both"]
//   seen     = "nsd.test_images"
//   alexnet  = "alexnet"
//   clip     = "clip"

#include "judge.h"
#include "permutation_band.h"
#include "protocol_scores.h"
#include "scoring_params.h"

#include <bgraph/sdk/contract/protocol.h>
#include <bgraph/sdk/node.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bgraph::metrics {

namespace {

constexpr int64_t kMetricVersion = 1;  // raised when a measure changes: rows of two versions are two protocols

class WiredJudges final : public Judges {
 public:
  explicit WiredJudges(Context& ctx) : ctx_(ctx) {}
  void wire(const std::string& network, const In<Model>& port) {
    if (port.given()) models_[network] = &*port;
  }
  const std::map<std::string, const Model*>& models() const { return models_; }

  bool has(const std::string& network) const override { return models_.count(network) > 0; }
  std::shared_ptr<ImageBackbone> backbone(const std::string& network) override {
    return ctx_.build<ImageBackbone>(*models_.at(network));
  }
  std::shared_ptr<ImageDistance> distance(const std::string& network) override {
    return ctx_.build<ImageDistance>(*models_.at(network));
  }

 private:
  Context& ctx_;
  std::map<std::string, const Model*> models_;
};

}  // namespace

struct PaperParams {
  std::string protocol = "brainit";
  File definition;
  std::vector<std::string> names;
  int64_t sessions = 0;
  std::vector<std::string> subject_names;
  ScoringParams scoring;

  template <class Visitor>
  void visit(Visitor& field) {
    field("protocol", protocol, any(), "definition that ships: brainit or mindeye2");
    field("definition", definition, any(), "definition of one's own (JSON), instead of `protocol`");
    field("names", names, any(), "method of each entry of `images`, in order; entries of one name are its subjects; empty = \"1\", \"2\", ...");
    field("sessions", sessions, at_least(0), "sessions of recording used per subject, for the protocol; 0 = not stated");
    field("subject_names", subject_names, any(), "who the subjects are, for the protocol; empty = not stated");
    scoring.visit(field);
  }
};

class Paper final : public Node {
 public:
  explicit Paper(PaperParams params) : params_(std::move(params)) { draws_numbers(); }

  InList<Images> images{this, "images", "reconstructions, one entry per method"};
  In<Images> seen{this, "seen", "what was shown, each image once"};
  In<Model> alexnet{this, "alexnet", "AlexNet, tapped at features.4 and features.11", kOptional};
  In<Model> inception{this, "inception", "InceptionV3, tapped at avgpool", kOptional};
  In<Model> clip{this, "clip", "CLIP ViT-L/14 of OpenAI, tapped at its embedding", kOptional};
  In<Model> efficientnet{this, "efficientnet", "EfficientNet-B1, tapped at avgpool", kOptional};
  In<Model> swav{this, "swav", "ResNet-50 of SwAV, tapped at avgpool", kOptional};
  In<Model> lpips{this, "lpips", "ImageDistance: LPIPS on AlexNet", kOptional};
  In<Images> outside{this, "outside", "images that are no test images: distractors of 1000-way CLIP", kOptional};
  InList<Model> networks{this, "networks", "networks the reconstructions were made with", kOptional};
  In<Tensor> subjects{this, "subjects", {"M"}, at::kLong, "subject index per row of a method with M rows", kOptional};
  Out<Table> table{this, "table", "one row per method: means, intervals, chance bands", "=seen"};
  Out<Table> per_image{this, "per_image", "one row per method, image and subject", "=seen"};

  void run(Context& ctx) override {
    const Protocol protocol =
        params_.definition.path.empty() ? published_protocol(params_.protocol) : read_protocol_file(params_.definition.path);
    WiredJudges judges(ctx);
    judges.wire("alexnet", alexnet), judges.wire("inception", inception), judges.wire("clip", clip);
    judges.wire("efficientnet", efficientnet), judges.wire("swav", swav), judges.wire("lpips", lpips);
    admit(judges);
    ScoredImages scored{*seen, outside.given() ? &*outside : nullptr, {}, {}};
    scored.labels = permuted_labels(seen->size(), {}, params_.scoring.permutations, ctx.rng("permutation"));
    for (const auto& method : joined()) scored.methods.push_back(placed(method));
    const auto found = protocol_scores(protocol, scored, judges, ctx.device(),
                                       [&](int64_t done, int64_t total, const std::string& score) {
                                         ctx.stop_if_cancelled();
                                         ctx.progress(done, total, score);
                                       });
    write(ctx, protocol, scored, judges, found);
  }

 private:
  struct Method {
    std::string name;
    std::vector<size_t> entries;  // of `images`
    Images images;                // of all of them
  };
  std::vector<Method> methods_;

  /// Methods in the order in which they first come.
  const std::vector<Method>& joined() {
    const auto names = entry_names(params_.names, images.size());
    for (size_t m = 0; m < images.size(); ++m) {
      const std::string& name = names[m];
      const auto known = std::find_if(methods_.begin(), methods_.end(), [&](const Method& method) { return method.name == name; });
      if (known == methods_.end()) methods_.push_back({name, {m}, images[m]});
      else known->entries.push_back(m), known->images = Images::concat({known->images, images[m]});
    }
    return methods_;
  }

  void admit(const WiredJudges& judges) const {
    for (const auto& [network, model] : judges.models()) {
      if (!params_.scoring.allow_same_network) refuse_same_network(*model, *networks);
      refuse_trained_on({*model}, seen->image_id, seen->id_space);
    }
    refuse_trained_on(*networks, seen->image_id, seen->id_space);
    if (!outside.given() || outside->id_space != seen->id_space) return;
    const int64_t inside = at::isin(outside->image_id, seen->image_id).sum().item<int64_t>();
    if (inside > 0)
      throw Error(fmt::format("{} of the {} images in 'outside' are seen images", inside, outside->size()),
                  "take distractors from images that are not scored");
  }

  ScoredMethod placed(const Method& method) const {
    const Images& made = method.images;
    require_scorable(made, *seen, method.name);
    at::Tensor subject;
    if (method.entries.size() > 1) {
      std::vector<at::Tensor> parts;
      for (size_t k = 0; k < method.entries.size(); ++k)
        parts.push_back(at::full({images[method.entries[k]].size()}, static_cast<int64_t>(k), at::kLong));
      subject = at::cat(parts);
    } else if (subjects.given() && subjects->numel() == made.size()) {
      subject = *subjects;
    }
    return {&made, place_rows(made.image_id, seen->image_id, subject, method.name)};
  }

  void write(Context& ctx, const Protocol& protocol, const ScoredImages& scored, const WiredJudges& judges,
             const std::vector<std::vector<Score>>& found) {
    Table means{.title = "Reconstruction scores, protocol " + protocol.name, .split = seen->split};
    means.protocol = protocol_of(protocol, judges);
    means.inputs["seen"] = seen.digest().brief();
    for (size_t m = 0; m < images.size(); ++m) means.inputs["images"].push_back(images.digest(m).brief());
    Table each{.title = "Reconstruction scores by image, protocol " + protocol.name, .split = seen->split,
               .protocol = means.protocol, .inputs = means.inputs};
    const std::string digest = protocol_digest(means.protocol);
    for (size_t m = 0; m < methods_.size(); ++m) {
      if (m == 0) declare_scores(found[m], means, each);
      const std::string& name = methods_[m].name;
      const RowPlaces& places = scored.methods[m].places;
      const int64_t there = std::get<0>(at::_unique2(places.image)).size(0);
      if (there < seen->size())
        ctx.warn(fmt::format("'{}' has reconstructions of {} of the {} seen images", name, there, seen->size()));
      Row& row = means.row(name);
      add_means(row, found[m], places, params_.scoring.resamples, ctx.rng("bootstrap"));
      row.cells["n_test"] = static_cast<double>(there);
      row.cells["subjects"] = static_cast<double>(places.subjects);
      row.cells["protocol"] = protocol.name + " " + digest;
      add_rows(each, name, found[m], places, *seen);
    }
    means.column("n_test").column("subjects").column("protocol");
    annotate(means, protocol, scored, judges);
    table = std::move(means);
    per_image = std::move(each);
  }

  Json protocol_of(const Protocol& protocol, const WiredJudges& judges) const {
    Json json = protocol.definition;
    json["metric_version"] = kMetricVersion;
    json["images"] = seen->size();
    json["list"] = list_digest(seen->image_id);
    json["id_space"] = seen->id_space;
    json["split"] = seen->split;
    for (const auto& [network, model] : judges.models())
      json["networks"][network] = name_of(*model) + " " + fingerprint(*model);
    if (outside.given()) json["outside"] = list_digest(outside->image_id);
    if (params_.scoring.repeats > 0) json["repeats"] = params_.scoring.repeats;
    if (params_.sessions > 0) json["sessions"] = params_.sessions;
    if (!params_.subject_names.empty()) json["subjects"] = fmt::format("{}", fmt::join(params_.subject_names, ", "));
    if (params_.scoring.allow_same_network) json["same_network_allowed"] = true;
    return json;
  }

  void annotate(Table& means, const Protocol& protocol, const ScoredImages& scored, const WiredJudges& judges) const {
    means.notes.push_back("Protocol " + protocol.name + " version " + std::to_string(protocol.version) + ", " +
                          protocol_digest(means.protocol) + ". Intervals: central 95 % of a bootstrap over images crossed "
                          "with subjects. Chance bands: two-way identification under permuted image labels.");
    std::map<std::string, std::string> absent;  // reason -> scores
    for (const auto& step : protocol.steps)
      if (const std::string reason = missing(step, scored, judges); !reason.empty())
        absent[reason] += (absent[reason].empty() ? "" : ", ") + step.score;
    for (const auto& [reason, which] : absent) means.notes.push_back("Absent: " + which + " (" + reason + ").");
    for (const auto& [network, model] : judges.models())
      means.notes.push_back("Judge " + network + ": " + name_of(*model) + ".");
    means.notes.push_back("SSIM never decides alone: blurred and mean images win it.");
    if (params_.scoring.allow_same_network) means.notes.push_back("A judge may have made the reconstructions: the exception was allowed.");
  }

  PaperParams params_;
};

BGRAPH_NODE(Paper, "metrics.paper")

}  // namespace bgraph::metrics
