#include "protocol_scores.h"

#include "identification.h"
#include "permutation_band.h"
#include "pixcorr.h"
#include "ssim.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/correlation.h>

#include <algorithm>
#include <map>

namespace bgraph::metrics {

namespace {

constexpr int64_t kBatch = 32;   // images a network sees at a time
constexpr int64_t kBlock = 256;  // reconstructions whose features are there at a time

/// Steps that look at the same pictures with the same network.
struct Group {
  std::string network;
  Resize resize;
  std::vector<size_t> steps;
};

class Scorer {
 public:
  Scorer(const Protocol& protocol, const ScoredImages& images, Judges& judges, at::Device device,
         const std::function<void(int64_t, int64_t, const std::string&)>& each_block)
      : protocol_(protocol), images_(images), judges_(judges), device_(device), each_block_(each_block) {
    found_.assign(images.methods.size(), std::vector<Score>(protocol.steps.size()));
  }

  std::vector<std::vector<Score>> run() {
    std::vector<Group> groups;
    for (size_t s = 0; s < protocol_.steps.size(); ++s) {
      const Step& step = protocol_.steps[s];
      if (!missing(step, images_, judges_).empty()) continue;
      if (!step.reads_features()) {
        for (size_t m = 0; m < images_.methods.size(); ++m) pairs(step, m, found_[m][s]);
        continue;
      }
      const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
        return group.network == step.network && group.resize.size == step.resize.size && group.resize.method == step.resize.method;
      });
      if (same == groups.end()) groups.push_back({step.network, step.resize, {s}});
      else same->steps.push_back(s);
    }
    for (const auto& group : groups) features(group);
    for (auto& scores : found_) std::erase_if(scores, [](const Score& score) { return !score.values.defined(); });
    return std::move(found_);
  }

 private:
  using Taps = std::map<std::string, at::Tensor>;  // tap -> [N, F]

  /// Pictures as the protocol takes them in, [N, 3, H, W] float32.
  at::Tensor pictures(const Images& images, int64_t from, int64_t to) const {
    return resized(images.rows(from, to).unit_range(), protocol_.first);
  }
  at::Tensor own_pictures(const ScoredMethod& method, int64_t from, int64_t to) const {
    return resized(images_.seen.select(method.places.image.slice(0, from, to)).unit_range(), protocol_.first);
  }

  /// A step that compares each reconstruction with its own image alone.
  void pairs(const Step& step, size_t m, Score& score) {
    const ScoredMethod& method = images_.methods[m];
    std::shared_ptr<ImageDistance> distance;
    if (step.measure == Measure::perceptual_distance) distance = judges_.distance(step.network);
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> values{at::empty({0}, at::kDouble)};
    for (int64_t from = 0, n = method.images->size(); from < n; from += kBatch) {
      each_block_(from, n, step.score);
      const at::Tensor own = own_pictures(method, from, from + kBatch), recon = pictures(*method.images, from, from + kBatch);
      switch (step.measure) {
        case Measure::pixcorr: values.push_back(pixcorr(own, recon, step.resize)); break;
        case Measure::ssim: values.push_back(ssim(own, recon, SsimWindow::gaussian, step.resize)); break;
        case Measure::color_ssim: values.push_back(color_ssim(own, recon, SsimWindow::gaussian, step.resize)); break;
        default:
          values.push_back(distance->distance(resized(own, step.resize).to(device_), resized(recon, step.resize).to(device_))
                               .cpu().to(at::kDouble));
      }
    }
    score = {step.score, step.better(), at::cat(values), {}};
  }

  Taps look(ImageBackbone& judge, const Group& group, const Images& images, int64_t begin, int64_t end) {
    std::map<std::string, std::vector<at::Tensor>> parts;
    for (const size_t s : group.steps) parts[protocol_.steps[s].tap];
    const at::NoGradGuard no_grad;
    for (int64_t from = begin; from < end; from += kBatch) {
      each_block_(from, end, protocol_.steps[group.steps.front()].score);
      const at::Tensor batch = resized(pictures(images, from, std::min(end, from + kBatch)), group.resize).to(device_);
      for (const auto& grid : judge.forward(batch))
        if (const auto wanted = parts.find(grid.name); wanted != parts.end()) wanted->second.push_back(grid.tokens.flatten(1));
    }
    Taps taps;
    for (auto& [tap, blocks] : parts) taps[tap] = at::cat(blocks);
    return taps;
  }

  void require_taps(const ImageBackbone& judge, const Group& group) const {
    const auto known = judge.taps();
    for (const size_t s : group.steps) {
      const Step& step = protocol_.steps[s];
      if (std::find(known.begin(), known.end(), step.tap) != known.end()) continue;
      std::string all;
      for (const auto& tap : known) all += (all.empty() ? "'" : ", '") + tap + "'";
      throw Error("'" + step.score + "' reads '" + step.tap + "' of network '" + step.network + "', which is tapped at " + all,
                  "give the network that tap (its parameter `taps`)");
    }
  }

  void features(const Group& group) {
    const auto judge = judges_.backbone(group.network);
    require_taps(*judge, group);
    const Taps seen = look(*judge, group, images_.seen, 0, images_.seen.size());
    std::map<std::string, CorrelationWith> with_seen, with_outside;
    const bool asks_outside = std::any_of(group.steps.begin(), group.steps.end(), [&](size_t s) {
      return protocol_.steps[s].measure == Measure::top1_outside;
    });
    for (const auto& [tap, rows] : seen) with_seen.emplace(tap, rows);
    if (asks_outside)
      for (const auto& [tap, rows] : look(*judge, group, *images_.outside, 0, images_.outside->size())) with_outside.emplace(tap, rows);

    for (size_t m = 0; m < images_.methods.size(); ++m) {
      const ScoredMethod& method = images_.methods[m];
      std::map<std::string, std::vector<at::Tensor>> r_seen, beaten_outside;  // per tap, block by block
      for (int64_t from = 0, n = method.images->size(); from < n; from += kBlock) {
        const int64_t to = std::min(n, from + kBlock);
        const Taps recon = look(*judge, group, *method.images, from, to);
        for (const auto& [tap, rows] : recon) {
          const at::Tensor r = with_seen.at(tap)(rows).cpu();  // [N, block]
          r_seen[tap].push_back(r);
          if (!asks_outside) continue;
          const at::Tensor own = r.gather(0, method.places.image.slice(0, from, to).unsqueeze(0));  // [1, block]
          beaten_outside[tap].push_back((with_outside.at(tap)(rows).cpu() < own).sum(0).to(at::kDouble));
        }
      }
      for (const size_t s : group.steps) {
        const std::string& tap = protocol_.steps[s].tap;
        found_[m][s] = from_correlations(protocol_.steps[s], method, at::cat(r_seen[tap], 1),
                                         asks_outside ? at::cat(beaten_outside[tap]) : at::Tensor());
      }
    }
  }

  Score from_correlations(const Step& step, const ScoredMethod& method, const at::Tensor& r, const at::Tensor& beaten_outside) const {
    Score score{step.score, step.better(), {}, {}};
    const Candidates all{method.places.image, {}};
    if (step.measure == Measure::correlation_distance) {
      score.values = 1.0 - r.gather(0, method.places.image.unsqueeze(0)).flatten();
    } else if (step.measure == Measure::top1_outside) {
      const at::Tensor others = at::full_like(beaten_outside, static_cast<double>(images_.outside->size()));
      score.values = Identification{beaten_outside, others}.top1(step.ways);
    } else if (step.measure == Measure::top1) {
      score.values = identify(r, all).top1(step.ways);
    } else {
      score.values = identify(r, all).two_way();
      score.permuted = permuted_two_way(r, all, images_.labels);
    }
    return score;
  }

  const Protocol& protocol_;
  const ScoredImages& images_;
  Judges& judges_;
  at::Device device_;
  const std::function<void(int64_t, int64_t, const std::string&)>& each_block_;
  std::vector<std::vector<Score>> found_;  // [method][step]
};

}  // namespace

std::string missing(const Step& step, const ScoredImages& images, const Judges& judges) {
  if (!step.network.empty() && !judges.has(step.network)) return "no network '" + step.network + "' is wired";
  const auto too_few = [&](const std::string& which, int64_t there, int64_t needed) {
    return "needs " + std::to_string(needed) + " " + which + ", there are " + std::to_string(there);
  };
  if (step.measure == Measure::top1 && images.seen.size() < step.ways)
    return too_few("seen images", images.seen.size(), step.ways);
  if (step.measure != Measure::top1_outside) return {};
  if (images.outside == nullptr) return "no images from outside are wired";
  if (images.outside->size() < step.ways - 1) return too_few("images from outside", images.outside->size(), step.ways - 1);
  return {};
}

std::vector<std::vector<Score>> protocol_scores(const Protocol& protocol, const ScoredImages& images, Judges& judges,
                                                at::Device device,
                                                const std::function<void(int64_t, int64_t, const std::string&)>& each_block) {
  return Scorer(protocol, images, judges, device, each_block).run();
}

}  // namespace bgraph::metrics
