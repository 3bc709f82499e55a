// decoding.calibrated: a predictor whose tokens pass through one linear map per layer and a shift per position.
//
//   out_lp = in_lp map_l + shift_lp              on the first dims[l] columns; the others pass unchanged
//
// InfoNCE fixes the directions of tokens and leaves amplitudes and means open; inversion needs them. decoding.train
// fits the maps on training predictions and hands over this component, so that nobody downstream can forget them.
//
// Made by decoding.train with  calibration = "scale" | "linear";  takes the part "predictor".

#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::decoding {

struct CalibratedParams {
  int64_t queries = 1;
  int64_t out_dim = 1;
  std::vector<int64_t> positions = {1};
  std::vector<int64_t> dims = {1};

  template <class Visitor>
  void visit(Visitor& field) {
    field("queries", queries, at_least(1), "tokens of all layers together");
    field("out_dim", out_dim, at_least(1), "width of a predicted token");
    field("positions", positions, at_least(1), "tokens of each layer, in order");
    field("dims", dims, at_least(1), "columns of each layer that the map acts on");
  }
};

class Calibrated final : public Predictor {
 public:
  explicit Calibrated(CalibratedParams params) : params_(std::move(params)) {
    int64_t sum = 0;
    for (const int64_t count : params_.positions) sum += count;
    if (sum != params_.queries || params_.positions.size() != params_.dims.size())
      throw Error("positions must add up to queries = " + std::to_string(params_.queries) + ", found " +
                  std::to_string(sum) + "; and dims must have as many entries");
    std::vector<int64_t> layer_of, position_of;
    for (size_t l = 0; l < params_.positions.size(); ++l) {
      layer_of.insert(layer_of.end(), static_cast<size_t>(params_.positions[l]), static_cast<int64_t>(l));
      for (int64_t p = 0; p < params_.positions[l]; ++p) position_of.push_back(p);
      maps_.push_back(register_parameter("map" + std::to_string(l), at::eye(params_.dims[l]), false));
      shifts_.push_back(register_parameter("shift" + std::to_string(l), at::zeros({params_.positions[l], params_.dims[l]}), false));
    }
    layer_of_query_ = at::tensor(layer_of), position_of_query_ = at::tensor(position_of);
  }

  void set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) override {
    for (const auto& [role, part] : parts) {
      if (role != "predictor" || part->interface() != Predictor::kInterface)
        throw Error("decoding.calibrated takes a Predictor as 'predictor', found a " +
                    std::string(part->interface()) + " as '" + role + "'");
      predictor_ = std::static_pointer_cast<Predictor>(part);
    }
  }

  at::Tensor forward(const VoxelBatch& batch, const at::Tensor& voxel_table, const at::Tensor& v2c,
                     const at::Tensor& queries) override {
    if (!predictor_) throw Error("decoding.calibrated has no part 'predictor'");
    const at::Tensor outputs = predictor_->forward(batch, voxel_table, v2c, queries);  // [B, Q', out_dim]
    const at::Tensor chosen = queries.dim() == 1 ? queries.expand({batch.size(), -1}) : queries;
    const at::Tensor layer = layer_of_query_.index_select(0, chosen.reshape({-1}));
    const at::Tensor position = position_of_query_.index_select(0, chosen.reshape({-1}));
    at::Tensor flat = outputs.reshape({-1, params_.out_dim}).clone();  // [B * Q', out_dim]
    for (size_t l = 0; l < maps_.size(); ++l) {
      const at::Tensor rows = layer.eq(static_cast<int64_t>(l)).nonzero().squeeze(1);
      const at::Tensor own = flat.index_select(0, rows);
      const at::Tensor shift = shifts_[l].index_select(0, position.index_select(0, rows));  // [rows, dims]
      const at::Tensor mapped = at::addmm(shift, own.narrow(1, 0, params_.dims[l]), maps_[l]);
      const at::Tensor rest = own.narrow(1, params_.dims[l], params_.out_dim - params_.dims[l]);
      flat = flat.index_copy(0, rows, at::cat({mapped, rest}, 1));
    }
    return flat.view(outputs.sizes());
  }

  int64_t queries() const override { return params_.queries; }
  int64_t table_width() const override { return predictor_->table_width(); }
  double table_deviation() const override { return predictor_->table_deviation(); }
  bool reads_brain_tokens() const override { return predictor_ && predictor_->reads_brain_tokens(); }
  void draw_from(Rng rng) override { predictor_->draw_from(rng); }
  at::Tensor attention() const override { return predictor_->attention(); }
  void record_attention(bool on) override { predictor_->record_attention(on); }
  void initialise(Rng rng) override { predictor_->initialise(rng); }

 private:
  CalibratedParams params_;
  at::Tensor layer_of_query_, position_of_query_;  // [Q]
  std::vector<at::Tensor> maps_, shifts_;
  std::shared_ptr<Predictor> predictor_;
};

BGRAPH_COMPONENT(Calibrated, "decoding.calibrated")

}  // namespace bgraph::decoding
