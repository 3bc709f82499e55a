// Key functions of the component interfaces: their type information lives here, in the SDK library.
#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/components/encoder.h>
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/components/image_distance.h>
#include <bgraph/sdk/components/predictor.h>

namespace bgraph {

BrainTokenizer::~BrainTokenizer() = default;
DiffusionBackend::~DiffusionBackend() = default;
Encoder::~Encoder() = default;
ImageBackbone::~ImageBackbone() = default;
ImageDistance::~ImageDistance() = default;
Predictor::~Predictor() = default;

void DiffusionBackend::prepare(const at::Tensor&, const at::Tensor&) {}

bool Predictor::reads_brain_tokens() const { return false; }
void Predictor::draw_from(Rng) {}
bool ImageBackbone::hook_attention_output(ProjectionHook) { return false; }

at::Tensor Predictor::attention() const { return {}; }
void Predictor::record_attention(bool) {}

}  // namespace bgraph
