// analysis.brain_facts: what measured (or simulated) brains look like, subject by subject, beside what is published.
//
//   ncsnr percentiles       of voxels.ncsnr
//   noise ceiling           median of 100 ncsnr^2 / (ncsnr^2 + 1/3), percent: three repeats averaged
//   split-half reliability  median over voxels of r between first and second presentations of the same images
//   significant             percent of voxels with r > tanh(1.645 / sqrt(n - 3)): one-sided p < .05, Fisher
//   noise correlation       mean r of voxels' differences (first - second presentation), for pairs within a hemisphere
//                           nearer than 6 mm and farther than 30 mm
//   with the true receptive fields: percent of centres in the contralateral field, and the slope of sigma against
//   eccentricity in V1, deg / deg
//
// A fact that cannot be computed (no repeats, no positions) is an empty cell. It describes; it chooses nothing.
//
//   [nodes.facts]
//   type   = "analysis.brain_facts"
//   inputs = { betas = "brains.train", voxels = "brains.voxels", prf = "brains.prf" }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/tensor.h>

#include <cmath>
#include <limits>

namespace bgraph::analysis {

struct BrainFactsParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

namespace {

constexpr double kNotAvailable = std::numeric_limits<double>::quiet_NaN();

double quantile_of(const at::Tensor& values, double share) {
  const at::Tensor known = values.masked_select(values.isnan().logical_not());
  return known.numel() == 0 ? kNotAvailable : known.to(at::kDouble).quantile(share).item<double>();
}

/// First and second presentations of the images shown at least twice, in the same order.
struct Halves {
  at::Tensor first, second;  // [M, V]
};

Halves halves_of(const SubjectBetas& trials) {
  std::map<int64_t, int64_t> first_row;
  std::vector<int64_t> first, second;
  for (const int64_t wanted : {0, 1})
    for (int64_t row = 0; row < trials.trials(); ++row) {
      if (trials.repeat[row].item<int64_t>() != wanted) continue;
      const int64_t id = trials.image_id[row].item<int64_t>();
      if (wanted == 0) first_row[id] = row;
      else if (first_row.count(id) > 0) first.push_back(first_row[id]), second.push_back(row);
    }
  const auto longs = at::TensorOptions().dtype(at::kLong);
  return {trials.betas.index_select(0, at::tensor(first, longs)), trials.betas.index_select(0, at::tensor(second, longs))};
}

at::Tensor unit_columns(const at::Tensor& columns) {
  const at::Tensor centred = columns - columns.mean(0);
  return centred / centred.square().sum(0).sqrt();
}

/// Mean correlation of noise over the pairs of one hemisphere at distances in [low, high) mm.
double noise_correlation(const at::Tensor& noise, const at::Tensor& position, const at::Tensor& side, double low, double high) {
  const at::Tensor unit = unit_columns(noise), r = unit.t().matmul(unit);              // [V, V]
  const at::Tensor distance = (position.unsqueeze(1) - position).square().sum(2).sqrt();
  const at::Tensor pairs = distance.ge(low).logical_and(distance.lt(high)).logical_and(distance.gt(0))
                               .logical_and(side.unsqueeze(1).eq(side));
  return pairs.any().item<bool>() ? r.masked_select(pairs).mean().item<double>() : kNotAvailable;
}

double slope(const at::Tensor& y, const at::Tensor& x) {
  const at::Tensor offset = x - x.mean();
  return x.numel() < 2 ? kNotAvailable : ((offset * y).sum() / offset.square().sum()).item<double>();
}

}  // namespace

class BrainFacts final : public Node {
 public:
  explicit BrainFacts(BrainFactsParams) {}

  In<Betas> betas{this, "betas", "single trials with repeats"};
  In<Voxels> voxels{this, "voxels", "the voxels of these betas"};
  In<Tensor> prf{this, "prf", {"V", "3"}, at::kFloat, "true receptive fields: x right, y up, sigma; deg", kOptional};
  Out<Table> facts{this, "facts", "one row per fact, one column per subject"};

  void run(Context&) override {
    table_ = Table{.title = "Facts about these brains", .split = betas->split};
    table_.column("unit");
    for (const auto& subject : betas->subjects) describe(subject);
    table_.column("published");
    table_.row("significant voxels").cells["published"] = std::string("93-99 (universal encoder, encoded voxels)");
    table_.notes.push_back("reliability: first against second presentation; significant: one-sided p < .05, uncorrected");
    facts = table_;
  }

 private:
  void put(const std::string& fact, const std::string& unit, const std::string& subject, double value) {
    Row& row = table_.row(fact);
    row.cells["unit"] = unit, row.cells[subject] = value;
  }

  void describe(const SubjectBetas& trials) {
    const std::string& who = trials.subject;
    table_.column(who);
    const int64_t begin = trials.first_voxel, end = begin + trials.voxels();
    if (end > voxels->size())
      throw Error("betas of " + who + " end at voxel " + std::to_string(end) + ", but there are " + std::to_string(voxels->size()) + " voxels",
                  "take both from the same node");
    const at::Tensor ncsnr = voxels->ncsnr.slice(0, begin, end), roi = voxels->roi.slice(0, begin, end);
    put("voxels", "", who, static_cast<double>(trials.voxels()));
    put("voxels in a named area", "percent", who, 100 * roi.ge(0).to(at::kDouble).mean().item<double>());
    for (const double share : {0.25, 0.5, 0.75, 0.95})
      put("ncsnr, percentile " + std::to_string(static_cast<int>(100 * share)), "", who, quantile_of(ncsnr, share));
    put("noise ceiling, 3 repeats, median", "percent", who, quantile_of(100 * ncsnr.square() / (ncsnr.square() + 1.0 / 3), 0.5));
    describe_repeats(trials);
    if (prf.given()) describe_fields(who, begin, end);
  }

  void describe_repeats(const SubjectBetas& trials) {
    const Halves halves = halves_of(trials);
    const int64_t images = halves.first.size(0), begin = trials.first_voxel, end = begin + trials.voxels();
    if (images < 4) return;  // Fisher's interval needs more than three images
    const at::Tensor r = (unit_columns(halves.first) * unit_columns(halves.second)).sum(0);  // [V]
    const double threshold = std::tanh(1.645 / std::sqrt(static_cast<double>(images - 3)));
    put("split-half reliability, median", "r", trials.subject, quantile_of(r, 0.5));
    put("significant voxels", "percent", trials.subject, 100 * r.gt(threshold).to(at::kDouble).mean().item<double>());
    const at::Tensor noise = halves.first - halves.second;
    const at::Tensor position = voxels->position.slice(0, begin, end), side = voxels->hemisphere.slice(0, begin, end);
    put("noise correlation under 6 mm", "r", trials.subject, noise_correlation(noise, position, side, 0, 6));
    put("noise correlation over 30 mm", "r", trials.subject, noise_correlation(noise, position, side, 30, 1e9));
  }

  void describe_fields(const std::string& who, int64_t begin, int64_t end) {
    const at::Tensor field = prf->slice(0, begin, end), roi = voxels->roi.slice(0, begin, end);
    const at::Tensor contralateral = voxels->hemisphere.slice(0, begin, end).eq(0).eq(field.select(1, 0).gt(0));
    put("receptive fields in the contralateral field", "percent", who, 100 * contralateral.to(at::kDouble).mean().item<double>());
    at::Tensor v1 = roi.lt(-1);
    for (size_t i = 0; i < voxels->roi_names.size(); ++i)
      if (voxels->roi_names[i].starts_with("V1")) v1 = v1.logical_or(roi.eq(static_cast<int64_t>(i)));
    const at::Tensor eccentricity = field.slice(1, 0, 2).square().sum(1).sqrt();
    put("V1: receptive field size against eccentricity", "deg/deg", who, slope(field.select(1, 2).masked_select(v1), eccentricity.masked_select(v1)));
  }

  Table table_;
};

BGRAPH_NODE(BrainFacts, "analysis.brain_facts")

}  // namespace bgraph::analysis
