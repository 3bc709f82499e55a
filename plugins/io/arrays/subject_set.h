// From arrays to values: what readers of published data sets share.
#pragma once

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/data/array_ref.h>
#include <bgraph/sdk/values/betas.h>
#include <bgraph/sdk/values/voxels.h>

#include <string>
#include <vector>

namespace bgraph::io {

/// Voxels of one subject of which nothing is known yet.
Voxels unlabelled_voxels(const std::string& subject, const std::string& space, int64_t count);

/// Voxels of several subjects, one after the other; a region some subject lacks is empty there.
Voxels joined_voxels(const std::vector<Voxels>& parts);

/// Adds a region by its mask [count] bool over voxels `first` ... ; a region of that name is extended.
void add_region(Voxels& voxels, int64_t first, const std::string& name, const at::Tensor& mask);

/// The reference with the digest of its file, as stored rows need it.
ArrayRef with_digest(Context& ctx, ArrayRef ref);

/// Trials whose rows stay in these arrays, side by side; every column of each. Error if their numbers of rows differ from the
/// number of images.
SubjectBetas stored_trials(const std::string& subject, std::vector<ArrayRef> arrays, const at::Tensor& image_id);

/// How often each image was shown before, from 0.   image_id [N] -> [N] int64
at::Tensor repeats_of(const at::Tensor& image_id);

}  // namespace bgraph::io
