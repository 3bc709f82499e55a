// Key functions of the component interfaces: their type information lives here, in the SDK library.
#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/components/denoising_network.h>
#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/components/encoder.h>
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/components/image_distance.h>
#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/components/refiner.h>

#include <torch/types.h>

namespace bgraph {

Autoencoder::~Autoencoder() = default;
BrainTokenizer::~BrainTokenizer() = default;
DenoisingNetwork::~DenoisingNetwork() = default;
DiffusionBackend::~DiffusionBackend() = default;
Encoder::~Encoder() = default;
ImageBackbone::~ImageBackbone() = default;
ImageDistance::~ImageDistance() = default;
Predictor::~Predictor() = default;
Refiner::~Refiner() = default;

void DiffusionBackend::prepare(const at::Tensor&, const at::Tensor&) {}

bool Predictor::reads_brain_tokens() const { return false; }
void Predictor::draw_from(Rng) {}
bool ImageBackbone::hook_attention_output(ProjectionHook) { return false; }

at::Tensor TokenGrid::on_grid() const { return tokens.slice(1, leading); }

BackboneSizes ImageBackbone::sizes() {
  const at::NoGradGuard guard;
  const auto weights = parameters();
  const auto where = weights.empty() ? at::TensorOptions() : weights.front().options().requires_grad(false);
  BackboneSizes sizes;
  const auto grids = forward(at::zeros({1, 3, image_size(), image_size()}, where),
                             [&](int64_t, const at::Tensor& output) {
                               sizes.block_widths.push_back(output.dim() == 4 ? output.size(1) : output.size(-1));
                               return output;
                             });
  for (const auto& grid : grids) sizes.taps.push_back({grid.tokens.size(1), grid.tokens.size(2)});
  return sizes;
}

at::Tensor Predictor::attention() const { return {}; }
void Predictor::record_attention(bool) {}

}  // namespace bgraph
