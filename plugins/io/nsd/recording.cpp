#include "recording.h"

#include "mgh.h"
#include "nifti.h"
#include "regions.h"
#include "subject_set.h"
#include "surface.h"

#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

#include <filesystem>

namespace bgraph::io::nsd {

namespace {

namespace fs = std::filesystem;

constexpr double kPercentPerUnit = 1.0 / 300;  // int16 on disk

fs::path betas_folder(const Release& release, const std::string& subject, const std::string& version) {
  return fs::path(release.root) / "nsddata_betas/ppdata" / subject / release.space / version;
}

void expect_trials(const ArrayRef& ref, const Session& session) {
  if (ref.rows() != session.trials)
    throw wrong_file(ref.path, "number of trials", std::to_string(session.trials) + " (of the design)", std::to_string(ref.rows()));
}

SubjectBetas stored_betas(const std::string& subject, const Trials& trials, StoredRows rows) {
  rows.row = at::arange(trials.image.numel(), at::kLong);
  rows.group = trials.session;
  return {subject, 0, {}, trials.image, trials.repeat, trials.session, std::make_shared<StoredRows>(std::move(rows))};
}

/// Vertices of a hemisphere that are kept, ascending.
at::Tensor kept_vertices(const Release& release, const std::string& subject, const std::string& hemisphere) {
  at::Tensor inside;
  if (!release.challenge.empty()) {
    const auto file = fs::path(release.challenge) / subject / "roi_masks" / (hemisphere + ".all-vertices_fsaverage_space.npy");
    inside = read_npy(file.string()).flatten();
  } else {
    inside = surface_label(release.root, subject, hemisphere, release.mask);
    if (!inside.defined())
      throw Error("no surface labels of '" + release.mask + "' for " + subject + " (" + hemisphere + ") below " + release.root + "/nsddata/freesurfer",
                  "take mask = \"nsdgeneral\", or fetch " + hemisphere + "." + release.mask + ".mgz and the subject's transforms");
  }
  const at::Tensor index = inside.gt(0).nonzero().flatten();
  if (index.numel() == 0) throw Error("mask '" + release.mask + "' keeps no vertex of " + subject + " (" + hemisphere + ")");
  return index;
}

Recording read_surface(Context& ctx, const Release& release, const std::string& subject, const Trials& trials, const std::vector<Session>& sessions) {
  const auto folder = betas_folder(release, subject, release.version);
  StoredRows rows;
  std::vector<at::Tensor> vertices, sides;
  for (const std::string hemisphere : {"lh", "rh"}) {
    StoredRows::Part part{.column = kept_vertices(release, subject, hemisphere)};
    for (const Session& session : sessions) {
      auto ref = with_digest(ctx, mgh_reference((betas_folder(release, subject, session.version) / (hemisphere + "." + session.stem + ".mgh")).string()));
      expect_trials(ref, session);
      const int64_t last = part.column.max().item<int64_t>();
      if (ref.columns() <= last) throw wrong_file(ref.path, "number of vertices", "above " + std::to_string(last) + " (of the mask)", std::to_string(ref.columns()));
      part.blocks.push_back(std::move(ref));
      ctx.progress(static_cast<int64_t>(rows.parts.size() * sessions.size() + part.blocks.size()), static_cast<int64_t>(2 * sessions.size()), subject);
    }
    vertices.push_back(part.column);
    sides.push_back(at::full({part.column.numel()}, hemisphere == "lh" ? 0 : 1, at::kLong));
    rows.parts.push_back(std::move(part));
  }
  Voxels voxels = unlabelled_voxels(subject, "fsaverage", at::cat(vertices).numel());
  voxels.place = at::cat(vertices), voxels.hemisphere = at::cat(sides);
  int64_t first = 0;
  for (const size_t side : {0, 1}) {
    const std::string hemisphere = side == 0 ? "lh" : "rh";
    const int64_t count = vertices[side].numel();
    if (const auto file = folder / (hemisphere + ".ncsnr.mgh"); fs::exists(file))
      voxels.ncsnr.slice(0, first, first + count).copy_(read_mgh(file.string()).data.flatten().to(at::kFloat).index_select(0, vertices[side]));
    if (const auto file = fs::path(release.root) / "nsddata/freesurfer/fsaverage/surf" / (hemisphere + ".white"); fs::exists(file))
      voxels.position.slice(0, first, first + count).copy_(io::read_surface(file.string()).vertices.index_select(0, vertices[side]));
    for (const auto& atlas : release.regions) {
      const at::Tensor label = surface_label(release.root, subject, hemisphere, atlas);
      if (!label.defined()) ctx.warn(subject + " has no " + hemisphere + " labels of '" + atlas + "'; its regions are left out");
      else add_masks(voxels, first, label.index_select(0, vertices[side]), region_names(release.root, subject, atlas));
    }
    first += count;
  }
  if (voxels.position.isnan().any().item<bool>()) ctx.warn("no surface nsddata/freesurfer/fsaverage/surf/{lh,rh}.white: voxels have no position");
  return {stored_betas(subject, trials, std::move(rows)), voxels};
}

/// The session's file that is there: HDF5, plain NIfTI or gzip NIfTI.
fs::path session_file(const fs::path& folder, const Session& session) {
  for (const char* ending : {".hdf5", ".nii", ".nii.gz"})
    if (fs::exists(folder / (session.stem + ending))) return folder / (session.stem + ending);
  throw Error((folder / session.stem).string() + ".hdf5 is not there, nor .nii or .nii.gz", "fetch that session, or lower 'sessions'");
}

ArrayRef volume_reference(const fs::path& file, const std::vector<int64_t>& volume) {
  ArrayRef ref;
  if (file.extension() == ".hdf5") {
    const auto dataset = Hdf5File(file.string()).dataset("betas");
    ref = {.path = file.string(), .dataset = "betas", .code = dataset.code(), .shape = dataset.shape()};
  } else {
    ref = nifti_reference(file.string());
  }
  const std::vector<int64_t> found(ref.shape.begin() + (ref.shape.empty() ? 0 : 1), ref.shape.end());
  if (found != volume) throw wrong_file(file, "shape of a trial", shape_text(volume) + " (of the mask)", shape_text(found));
  if (ref.code.kind != 'i' || ref.code.bytes != 2) throw wrong_file(file, "number type", "i2 (300 = 1 percent)", ref.code.text());
  ref.scale *= kPercentPerUnit;
  return ref;
}

Recording read_volume(Context& ctx, const Release& release, const std::string& subject, const Trials& trials, const std::vector<Session>& sessions) {
  const auto folder = betas_folder(release, subject, release.version);
  std::vector<int64_t> shape;
  const at::Tensor mask = volume_label(release.root, subject, release.space, release.mask, shape);
  if (!mask.defined()) throw Error("no labels '" + release.mask + ".nii.gz' for " + subject + " in " + release.root + "/nsddata/ppdata/" + subject + "/" + release.space + "/roi");
  const at::Tensor index = mask.gt(0).nonzero().flatten();  // [V] over Z, Y, X, the last fastest
  StoredRows rows;
  rows.parts.push_back({.blocks = {}, .column = index});
  std::vector<at::Tensor> whole;  // of gzip streams
  for (const Session& session : sessions) {
    ctx.stop_if_cancelled();
    const auto file = session_file(betas_folder(release, subject, session.version), session);
    if (file.extension() == ".gz") {
      const Nifti image = read_nifti(file.string());
      if (image.shape.size() != 4 || image.shape[0] != session.trials || std::vector<int64_t>(image.shape.begin() + 1, image.shape.end()) != shape)
        throw wrong_file(file, "shape", std::to_string(session.trials) + " trials of " + shape_text(shape), shape_text(image.shape));
      whole.push_back(image.data.reshape({session.trials, -1}).index_select(1, index).to(at::kFloat).mul_(image.scaled() ? 1.0 : kPercentPerUnit));
    } else {
      auto ref = with_digest(ctx, volume_reference(file, shape));
      expect_trials(ref, session);
      rows.parts[0].blocks.push_back(std::move(ref));
    }
    ctx.progress(static_cast<int64_t>(rows.parts[0].blocks.size() + whole.size()), static_cast<int64_t>(sessions.size()), subject);
  }
  if (!whole.empty() && whole.size() != sessions.size())
    throw Error(folder.string() + " holds some sessions as .nii.gz and some not", "keep one kind");

  Voxels voxels = unlabelled_voxels(subject, release.space, index.numel());
  voxels.unit = "index", voxels.place = index;
  voxels.position = at::stack({index.remainder(shape[2]), index.div(shape[2], "floor").remainder(shape[1]), index.div(shape[1] * shape[2], "floor")}, 1).to(at::kFloat);
  if (const auto file = folder / "ncsnr.nii.gz"; fs::exists(file)) voxels.ncsnr = read_nifti(file.string()).data.flatten().to(at::kFloat).index_select(0, index);
  for (const auto& atlas : release.regions) {
    std::vector<int64_t> own;
    const at::Tensor label = volume_label(release.root, subject, release.space, atlas, own);
    if (!label.defined()) ctx.warn(subject + " has no labels of '" + atlas + "' in " + release.space + "; its regions are left out");
    else if (own != shape) throw Error("labels '" + atlas + "' of " + subject + " are " + shape_text(own) + ", the mask is " + shape_text(shape));
    else add_masks(voxels, 0, label.index_select(0, index), region_names(release.root, subject, atlas));
  }
  if (whole.empty()) return {stored_betas(subject, trials, std::move(rows)), voxels};
  return {{subject, 0, at::cat(whole), trials.image, trials.repeat, trials.session}, voxels};
}

}  // namespace

Recording read_recording(Context& ctx, const Release& release, const std::string& subject, const Trials& trials, const std::vector<Session>& sessions) {
  return release.space == "fsaverage" ? read_surface(ctx, release, subject, trials, sessions) : read_volume(ctx, release, subject, trials, sessions);
}

}  // namespace bgraph::io::nsd
