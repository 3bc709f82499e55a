#include "nsd_release.h"

#include <bgraph/sdk/data/rng.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace bgraph::testing {

namespace {

std::string two_digits(int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

double draw(const std::string& subject, int64_t trial, int64_t place) {
  return Rng(3, "nsd_release", subject, trial, place).normal();
}

}  // namespace

NsdRelease::NsdRelease(std::vector<std::string> who, int64_t sessions_of_40) : subjects(std::move(who)), sessions(sessions_of_40) {
  Rng rng(11, "nsd_release", "design", 0, 0);
  ordering = rng.integers(kImages, {40 * kTrials}) + 1;
  images = at::empty({8, kImages}, at::kLong);
  for (int64_t s = 0; s < 8; ++s)
    for (int64_t i = 0; i < kImages; ++i) images[s][i] = i < kShared ? 5 * i + 3 : 100 + s * 60 + i;
  const at::Tensor pattern = at::ones({40, 2, 3});  // every slot is a trial
  write_mat(folder.file("nsddata/experiments/nsd/nsd_expdesign.mat"),
            {{"masterordering", ordering.unsqueeze(0)}, {"subjectim", images}, {"stimpattern", pattern}});
  for (const auto& subject : subjects) {
    std::string table = "SUBJECT\tSESSION\tRUN\tTRIAL\t73KID\tRT\n";
    for (int64_t t = 0; t < sessions_of(subject) * kTrials; ++t)
      table += subject.substr(5) + "\t" + std::to_string(t / kTrials + 1) + "\t1\t" + std::to_string(t % kTrials + 1) + "\t" + std::to_string(image(subject, t) + 1) + "\tNaN\n";
    write_text(folder.file("nsddata/ppdata/" + subject + "/behav/responses.tsv"), table);
  }
}

int64_t NsdRelease::sessions_of(const std::string& subject) const {
  constexpr int64_t kDone[] = {40, 40, 32, 30, 40, 32, 40, 30};
  return std::min(sessions, kDone[subject[5] - '1']);
}

void NsdRelease::write_challenge() {
  at::Tensor kept = at::ones({kVertices}, at::kLong);
  kept[0] = 0, kept[1] = 0;
  for (const auto& subject : subjects)
    for (const std::string side : {"lh", "rh"}) write_text(folder.file("algonauts/" + subject + "/roi_masks/" + side + ".all-vertices_fsaverage_space.npy"), npy_bytes(kept));
}

int64_t NsdRelease::image(const std::string& subject, int64_t trial) const {
  return images[subject[5] - '1'][ordering[trial].item<int64_t>() - 1].item<int64_t>() - 1;
}

bool NsdRelease::shared(int64_t trial) const { return ordering[trial].item<int64_t>() <= kShared; }

float NsdRelease::surface_beta(const std::string& subject, int64_t trial, int64_t vertex) {
  if (subject == "subj06" && (vertex == 3 || vertex == 25)) return std::nanf("");
  return static_cast<float>(draw(subject, trial, vertex) + 0.1 * static_cast<double>(vertex));
}

int16_t NsdRelease::volume_beta(const std::string& subject, int64_t trial, int64_t voxel) {
  return static_cast<int16_t>(std::lround(300 * draw(subject, trial, voxel)));
}

void NsdRelease::write_surfaces() {
  for (const auto& subject : subjects)
    for (int64_t side : {0, 1}) {
      const std::string hemisphere = side == 0 ? "lh" : "rh", betas = "nsddata_betas/ppdata/" + subject + "/fsaverage/betas_fithrf_GLMdenoise_RR/" + hemisphere;
      for (int64_t s = 0; s < sessions_of(subject); ++s) {
        at::Tensor frames = at::empty({kTrials, kVertices});
        for (int64_t t = 0; t < kTrials; ++t)
          for (int64_t v = 0; v < kVertices; ++v) frames[t][v] = surface_beta(subject, s * kTrials + t, side * kVertices + v);
        write_text(folder.file(betas + ".betas_session" + two_digits(s + 1) + ".mgh"), mgh_bytes(frames));
      }
      write_text(folder.file(betas + ".ncsnr.mgh"), mgh_bytes(at::arange(kVertices).unsqueeze(0).to(at::kFloat).div(10)));
      // prf-visualrois exists on the subject's own surface (12 vertices), in another order, counted from 1.
      at::Tensor native = at::zeros({1, 12}), nearest = at::empty({1, kVertices});
      for (int64_t v = 0; v < 12; ++v) native[0][v] = static_cast<double>(v % 4 == 3 ? -1 : v % 4);
      for (int64_t v = 0; v < kVertices; ++v) nearest[0][v] = static_cast<double>(12 - v % 12);
      write_text(folder.file("nsddata/freesurfer/" + subject + "/label/" + hemisphere + ".prf-visualrois.mgz"), gzipped(mgh_bytes(native)));
      write_text(folder.file("nsddata/ppdata/" + subject + "/transforms/" + hemisphere + ".white-to-fsaverage.mgz"), gzipped(mgh_bytes(nearest)));
    }
  for (const std::string hemisphere : {"lh", "rh"}) {  // vertices 0 and 1 are outside, as -1 and 0
    at::Tensor general = at::ones({1, kVertices}), streams = at::zeros({1, kVertices});
    general[0][0] = -1, general[0][1] = 0;
    streams[0][5] = 1, streams[0][6] = 1, streams[0][7] = 5;
    write_text(folder.file("nsddata/freesurfer/fsaverage/label/" + hemisphere + ".nsdgeneral.mgz"), gzipped(mgh_bytes(general)));
    write_text(folder.file("nsddata/freesurfer/fsaverage/label/" + hemisphere + ".streams.mgz"), gzipped(mgh_bytes(streams)));
  }
  write_text(folder.file("nsddata/freesurfer/fsaverage/label/streams.mgz.ctab"), "0 Unknown\n1 early\n5 ventral\n");
}

void NsdRelease::write_volumes(const std::string& ending) {
  constexpr int64_t kVoxels = kX * kY * kZ;
  for (const auto& subject : subjects) {
    for (int64_t s = 0; s < sessions_of(subject); ++s) {
      at::Tensor volumes = at::empty({kTrials, kZ, kY, kX}, at::kShort);
      for (int64_t t = 0; t < kTrials; ++t)
        for (int64_t v = 0; v < kVoxels; ++v) volumes.data_ptr<int16_t>()[t * kVoxels + v] = volume_beta(subject, s * kTrials + t, v);
      const std::string file = folder.file("nsddata_betas/ppdata/" + subject + "/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session" + two_digits(s + 1) + ending);
      if (ending == ".hdf5") write_hdf5(file, "betas", volumes, {kTrials, 1, 1, 1});
      else write_text(file, ending == ".nii" ? nifti_bytes(volumes, 0) : gzipped(nifti_bytes(volumes, 0)));
    }
    at::Tensor mask = at::zeros({kZ, kY, kX}, at::kShort), visual = mask.clone();
    for (int64_t v = 0; v < kVoxels; ++v) mask.data_ptr<int16_t>()[v] = static_cast<int16_t>(v % 3 == 0 ? 1 : v % 3 == 1 ? 0 : -1);
    visual.data_ptr<int16_t>()[6] = 7;
    write_text(folder.file("nsddata/ppdata/" + subject + "/func1pt8mm/roi/nsdgeneral.nii.gz"), gzipped(nifti_bytes(mask, 0)));
    write_text(folder.file("nsddata/ppdata/" + subject + "/func1pt8mm/roi/prf-visualrois.nii.gz"), gzipped(nifti_bytes(visual, 0)));
  }
}

void NsdRelease::write_stimuli() {
  const at::Tensor pixels = Rng(5, "nsd_release", "stimuli", 0, 0).integers(256, {600, 12, 12, 3}).to(at::kByte);
  write_hdf5(folder.file("nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5"), "imgBrick", pixels, {1, 12, 12, 3});
}

void NsdRelease::write_synthetic(const std::string& space) {
  extra = at::tensor({3, 221, 3, 284, 1, 220, 221}, at::kLong);
  write_mat(folder.file("nsddata/experiments/nsdsynthetic/nsdsynthetic_expdesign.mat"), {{"masterordering", extra.unsqueeze(0)}});
  const std::string stimuli = "nsddata_stimuli/stimuli/nsdsynthetic/nsdsynthetic_";
  const at::Tensor grey = Rng(6, "nsd_release", "synthetic", 0, 0).integers(256, {kGrey, 8, 12, 3}).to(at::kByte);
  write_hdf5(folder.file(stimuli + "stimuli.hdf5"), "imgBrick", grey);
  for (const auto& subject : subjects)
    write_hdf5(folder.file(stimuli + "colorstimuli_" + subject + ".hdf5"), "imgBrick", Rng(7, "nsd_release", subject, 0, 0).integers(256, {kColour, 8, 12, 3}).to(at::kByte));
  constexpr int64_t kVoxels = kX * kY * kZ;
  for (const auto& subject : subjects) {
    const std::string place = "nsddata_betas/ppdata/" + subject + "/" + space + "/nsdsyntheticbetas_fithrf_GLMdenoise_RR/";
    if (space == "fsaverage") {
      for (int64_t side : {0, 1}) {
        at::Tensor frames = at::empty({kExtra, kVertices});
        for (int64_t t = 0; t < kExtra; ++t)
          for (int64_t v = 0; v < kVertices; ++v) frames[t][v] = surface_beta(subject, 1000 + t, side * kVertices + v);
        write_text(folder.file(place + (side == 0 ? "lh" : "rh") + ".betas_nsdsynthetic.mgh"), mgh_bytes(frames));
      }
    } else {
      at::Tensor volumes = at::empty({kExtra, kZ, kY, kX}, at::kShort);
      for (int64_t i = 0; i < kExtra * kVoxels; ++i) volumes.data_ptr<int16_t>()[i] = volume_beta(subject, 1000 + i / kVoxels, i % kVoxels);
      write_text(folder.file(place + "betas_nsdsynthetic.nii"), nifti_bytes(volumes, 0));
    }
  }
}

}  // namespace bgraph::testing
