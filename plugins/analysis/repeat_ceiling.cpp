// analysis.repeat_ceiling: how much any decoder could get out of these responses, from their repeats.
//
// Per subject, with the trials of each image split into two halves (even and odd repeats, averaged):
//
//   reliability_median   median over voxels of the correlation of the halves over images
//   ceiling_median       sqrt of the reliability of all k repeats averaged, k r1 / (1 + (k - 1) r1), r1 per trial
//                        (Spearman-Brown): the largest correlation a perfect prediction would have with the data
//   two_way_halves       two-way identification of each image's first half among all images' second halves,
//                        by correlation over voxels, averaged over both directions
//
// two_way_halves is what the data themselves reach when both sides are equally noisy; a decoder compares one noisy
// side with a clean image, so it may exceed it. Voxels that hold NaN are left out. Images with one trial are left
// out; a subject without repeats has an empty row.
// Source: Spearman 1910, Brown 1910; noise ceilings as in Allen et al. 2022 (NSD).
//
//   [nodes.repeat_ceiling]
//   type   = "analysis.repeat_ceiling"
//   inputs = { betas = "brains.validation" }

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/node.h>

#include <cmath>
#include <map>

namespace bgraph::analysis {

struct RepeatCeilingParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class RepeatCeiling final : public Node {
 public:
  explicit RepeatCeiling(RepeatCeilingParams) {}

  In<Betas> betas{this, "betas", "measured responses with repeats"};
  Out<Table> table{this, "table", "one row per subject", "=betas"};

  void run(Context& ctx) override {
    if (!betas->views.empty()) throw Error("predicted responses have no repeats", "wire measured responses");
    Table result{.title = "What the repeats allow", .split = betas->split};
    result.column("reliability_median").column("ceiling_median").column("two_way_halves").column("images").column("repeats").column("voxels");
    for (const auto& subject : betas->subjects) fill(result.row(subject.subject), subject, ctx);
    result.notes.emplace_back("Halves: even and odd repeats, averaged. Images shown once are left out.");
    table = std::move(result);
  }

 private:
  struct Halves {
    at::Tensor first, second;  // [N, V]
    double repeats = 0;        // mean number of trials per image
  };

  static Halves split(const SubjectBetas& subject) {
    const at::Tensor measured = subject.betas.isnan().logical_not().all(0).nonzero().flatten();
    const at::Tensor responses = subject.betas.index_select(1, measured);
    std::map<int64_t, std::vector<int64_t>> trials;  // image -> its rows
    for (int64_t row = 0; row < subject.trials(); ++row) trials[subject.image_id[row].item<int64_t>()].push_back(row);
    Halves halves{responses.slice(0, 0, 0), responses.slice(0, 0, 0)};
    std::vector<at::Tensor> first, second;
    double count = 0;
    for (const auto& [image, rows] : trials) {
      if (rows.size() < 2) continue;
      std::vector<int64_t> even, odd;
      for (size_t k = 0; k < rows.size(); ++k) (k % 2 == 0 ? even : odd).push_back(rows[k]);
      first.push_back(responses.index_select(0, at::tensor(even, at::kLong)).mean(0));
      second.push_back(responses.index_select(0, at::tensor(odd, at::kLong)).mean(0));
      count += static_cast<double>(rows.size());
    }
    if (first.empty()) return halves;
    return {at::stack(first), at::stack(second), count / static_cast<double>(first.size())};
  }

  /// From r of halves of k/2 trials: a single trial has r1 = r / (k/2 - (k/2 - 1) r), the mean of all k as below.
  static at::Tensor ceiling(const at::Tensor& r, double repeats) {
    const double half = repeats / 2;
    const at::Tensor single = r.clamp(0, 1) / (half - (half - 1) * r.clamp(0, 1));
    return (repeats * single / (1 + (repeats - 1) * single)).sqrt();
  }

  static double two_way(const at::Tensor& r) {  // rows and columns stand for the same images
    const double others = static_cast<double>(r.size(0) - 1);
    const at::Tensor own = r.diagonal();
    return ((r < own.unsqueeze(0)).sum(0) + (r < own.unsqueeze(1)).sum(1)).to(at::kDouble).mean().item<double>() / (2 * others);
  }

  static void fill(Row& row, const SubjectBetas& subject, Context& ctx) {
    const Halves halves = split(subject);
    const int64_t images = halves.first.size(0), voxels = halves.first.size(1);
    row.cells["images"] = static_cast<double>(images);
    row.cells["voxels"] = static_cast<double>(voxels);
    if (images < 3 || voxels == 0) {
      ctx.warn(subject.subject + ": no ceiling, only " + std::to_string(images) + " images were shown more than once");
      return;
    }
    const at::Tensor r = paired_correlation(halves.first.t().contiguous(), halves.second.t().contiguous());  // [V]
    row.cells["repeats"] = halves.repeats;
    row.cells["reliability_median"] = r.median().item<double>();
    row.cells["ceiling_median"] = ceiling(r, halves.repeats).median().item<double>();
    row.cells["two_way_halves"] = two_way(correlation_matrix(halves.first, halves.second));
  }
};

BGRAPH_NODE(RepeatCeiling, "analysis.repeat_ceiling")

}  // namespace bgraph::analysis
