// encoding.universal: the Universal Brain Encoder, one network for the voxels of all subjects.
//
// A voxel is a learned row e of E numbers; everything else is shared. Over the token grids of a frozen image
// backbone (part `backbone`), for each tapped layer l:
//
//   f_l = in_project_l(norm_in_l(tokens_l))                       [B, P, C]
//   a_l = softmax over P of  project_l(e) . (project_x_l(f_l) + pos_embed)      where the voxel looks
//   s_l = dropout(norm_l(a_l f_l)),   s_l <- s_l + mlp_l(s_l)       [B, n, C]  what it sees there
//   y   = sum over l, c of  s_lc (e feat_embed)_lc                 which features it responds to
//
// No score scaling, no softmax in the last line, no output bias.
//
// Adapter of the backbone (its own weights stay frozen), x = tokens, r = rank:
//   none            the backbone as it is: its features can be computed once per image
//   block_residual  after every block  x <- x + (alpha / r) A B x           (the authors' release)
//   attn_out        output projection of every attention  W <- W + (alpha / r) A B      (the paper)
// attn_out needs a backbone with attention and is refused by others. B starts at zero, so that every kind
// starts as `none`.
//
// Source: Universal Brain Encoder (arXiv:2406.12179), Methods; sizes, order of norm, dropout and perceptron,
// and names from its authors' release. Differs: E, C, the layers (taps of the backbone) and P follow
// from parameters and backbone; layers of different P have a positional table each (pos_embed_<P>), where one table
// serves all layers of the release; the voxel rows (voxel_embed) travel apart, as a VoxelTable. layer_embed is
// in the release's checkpoints and unused there too; here it stays zero. At the release's sizes (backbone
// features.dinov2 as it comes, adapter = "block_residual") what the voxels share has 2,395,136 parameters.
//
//   encoding.train builds it; its parameters stand in that node:
//   [nodes.encoder]
//   type     = "encoding.train"
//   channels = 32
//   adapter  = "block_residual"

#include "universal_encoder.h"

namespace bgraph::encoding {

BGRAPH_COMPONENT(UniversalEncoder, "encoding.universal")

}  // namespace bgraph::encoding
