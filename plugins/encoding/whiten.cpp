// encoding.whiten: voxels recombined so that the noise of an encoder is independent and equal in all of them.
//
//   S = diag(sd^2) + L L^T        of the noise rows [sd | L], per subject                      [V, V]
//   betas' = d betas S^-1/2,   table' = d S^-1/2 table,   noise' = d     the symmetric root: each new voxel is mostly
//                                                                       its old self; d = deviation
// Where noise is shared, what tells images apart stands in differences of voxels, which gradient descent finds slowly;
// afterwards it stands in sums. The likelihood of an image is the same before and after.
//
// Nothing is fitted here: S comes from training trials. A voxel without noise or with a NaN stays as it is.
//
// Source: multivariate noise normalisation, Walther et al. 2016 (NeuroImage 137). Differs: the covariance is that of
// the encoder's leave-one-out residuals.
//
//   [nodes.white]
//   type   = "encoding.whiten"
//   inputs = { table = "encoder.table", noise = "encoder.noise", betas = "kept.betas", scored = "kept.scored" }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::encoding {

struct WhitenParams {
  double deviation = 1.0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("deviation", deviation, above(0), "sd of the noise in the recombined voxels");
  }
};

class Whiten final : public Node {
 public:
  explicit Whiten(WhitenParams params) : params_(params) {}

  In<VoxelTable> table{this, "table", "the encoder's rows"};
  In<VoxelTable> noise{this, "noise", "the encoder's noise: sd, then loadings on shared factors"};
  In<Betas> betas{this, "betas", "training trials"};
  In<Betas> scored{this, "scored", "held-out trials of the same voxels"};
  Out<VoxelTable> white_table{this, "table", "rows of the recombined voxels", "=table"};
  Out<VoxelTable> white_noise{this, "noise", "the deviation, no shared factors", "=noise"};
  Out<Betas> white_betas{this, "betas", "training trials of the recombined voxels", "=betas"};
  Out<Betas> white_scored{this, "scored", "held-out trials of these", "=scored"};

  void run(Context&) override {
    if (table->voxels != noise->voxels)
      throw Error("'table' and 'noise' belong to different voxels", "take both from one encoder");
    VoxelTable rows{table->rows.clone(), table->voxels};
    Betas train = *betas, test = *scored;
    if (train.subjects.size() != test.subjects.size())
      throw Error("'betas' have " + std::to_string(train.subjects.size()) + " subjects, 'scored' have " +
                  std::to_string(test.subjects.size()));
    for (size_t s = 0; s < train.subjects.size(); ++s) {
      auto &own = train.subjects[s], &held = test.subjects[s];
      if (own.voxels() != held.voxels() || own.first_voxel + own.voxels() > table->rows.size(0))
        throw ShapeError(own.subject + " has " + std::to_string(own.voxels()) + " voxels in 'betas', " +
                             std::to_string(held.voxels()) + " in 'scored', 'table' has " +
                             std::to_string(table->rows.size(0)) + " in all",
                         "take all of them from the same nodes");
      const at::Tensor usable = whitened_voxels(own, held), places = usable + own.first_voxel;
      const at::Tensor root = inverse_root(places);
      own.betas = own.betas.index_copy(1, usable, own.betas.index_select(1, usable).matmul(root));
      held.betas = held.betas.index_copy(1, usable, held.betas.index_select(1, usable).matmul(root));
      rows.rows.index_copy_(0, places, root.matmul(rows.rows.index_select(0, places)));
    }
    white_table = std::move(rows);
    white_noise = VoxelTable{at::full({table->rows.size(0), 1}, params_.deviation), table->voxels};
    white_betas = std::move(train);
    white_scored = std::move(test);
  }

 private:
  /// Columns of one subject that have noise and no NaN.
  at::Tensor whitened_voxels(const SubjectBetas& own, const SubjectBetas& held) const {
    const at::Tensor sd = noise->rows.narrow(0, own.first_voxel, own.voxels()).select(1, 0);
    const at::Tensor nan = own.betas.isnan().any(0).logical_or(held.betas.isnan().any(0));
    return sd.gt(0).logical_and(nan.logical_not()).nonzero().flatten();
  }

  /// deviation S^-1/2 of these voxels (global indices), [n, n] float32.
  at::Tensor inverse_root(const at::Tensor& voxels) const {
    const at::Tensor rows = noise->rows.index_select(0, voxels).to(at::kDouble), loadings = rows.slice(1, 1);
    const at::Tensor covariance = at::diag(rows.select(1, 0).square()) + loadings.matmul(loadings.t());
    const auto [values, vectors] = at::linalg_eigh(covariance);
    return (vectors * values.rsqrt() * params_.deviation).matmul(vectors.t()).to(at::kFloat);
  }

  WhitenParams params_;
};

BGRAPH_NODE(Whiten, "encoding.whiten")

}  // namespace bgraph::encoding
