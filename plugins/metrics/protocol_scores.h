// Scores by a protocol: every step, for every row of every method.
//
// Features are never all there on both sides: one network at a time, the seen images whole, the reconstructions in
// blocks. What is kept of them are correlations, N x M numbers. The batch is fixed, so rows do not depend on how many
// there are.
#pragma once

#include "protocol.h"
#include "score_tables.h"

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/components/image_distance.h>

#include <functional>
#include <memory>

namespace bgraph::metrics {

/// The networks a protocol may ask for. Each is built when its turn comes and let go after it.
class Judges {
 public:
  virtual ~Judges() = default;
  virtual bool has(const std::string& network) const = 0;
  virtual std::shared_ptr<ImageBackbone> backbone(const std::string& network) = 0;
  virtual std::shared_ptr<ImageDistance> distance(const std::string& network) = 0;
};

struct ScoredMethod {
  const Images* images;
  RowPlaces places;
};

struct ScoredImages {
  const Images& seen;
  const Images* outside;  // distractors of top1_outside, or null
  std::vector<ScoredMethod> methods;
  at::Tensor labels;      // [permutations, N] relabellings of the seen images
};

/// Why the step cannot be scored, "" if it can.
std::string missing(const Step& step, const ScoredImages& images, const Judges& judges);

/// Per method the scores of all steps that nothing is missing for, in the protocol's order.
/// `each_block(done, total, score)` is called now and then and may throw to stop.
/// Errors: a network without the tap (with those it has).
std::vector<std::vector<Score>> protocol_scores(const Protocol& protocol, const ScoredImages& images, Judges& judges,
                                                at::Device device,
                                                const std::function<void(int64_t, int64_t, const std::string&)>& each_block);

}  // namespace bgraph::metrics
