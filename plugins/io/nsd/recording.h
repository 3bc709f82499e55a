// One subject's betas as NSD releases them: which files, which of their columns, and where those voxels are.
//
//   fsaverage             {lh,rh}.betas_sessionNN.mgh     float32, percent signal change, [750, vertices]
//   func1pt8mm, func1mm   betas_sessionNN.hdf5 or .nii    int16, 300 = 1 percent, [750, Z, Y, X]
//                         betas_sessionNN.nii.gz          the same in one gzip stream: read whole, once
//   the extra session     betas_nsdsynthetic, likewise, in a folder of its own; 744 trials
//
// Voxels of a volume are in the order of the file, the first axis fastest; their positions are (i, j, k).
#pragma once

#include "design.h"

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/values/betas.h>
#include <bgraph/sdk/values/voxels.h>

#include <string>
#include <vector>

namespace bgraph::io::nsd {

struct Release {
  std::string root, space, version;
  std::string mask;       // atlas whose labels above 0 are kept
  std::string challenge;  // folder of the Algonauts 2023 masks, or ""
  std::vector<std::string> regions;
};

struct Recording {
  SubjectBetas betas;   // every trial of the sessions; first_voxel 0
  Voxels voxels;        // of this subject alone
};

/// `sessions` one after the other are the trials.
Recording read_recording(Context& ctx, const Release& release, const std::string& subject, const Trials& trials, const std::vector<Session>& sessions);

}  // namespace bgraph::io::nsd
