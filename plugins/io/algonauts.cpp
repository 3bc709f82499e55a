// io.algonauts: the Algonauts Project 2023 challenge: fsaverage betas (b3), z-scored per session and averaged over repeats.
//
//   subjAA/training_split/training_fmri/{lh,rh}_training_fmri.npy    [n, vertices]
//   subjAA/training_split/training_images/train-IIII_nsd-SSSSS.png   row IIII - 1, 73k number SSSSS from 0
//   subjAA/test_split/test_images/test-IIII_nsd-SSSSS.png, test_fmri/{lh,rh}_test_fmri.npy where released
//   subjAA/roi_masks/{lh,rh}.CLASS_challenge_space.npy, {lh,rh}.all-vertices_fsaverage_space.npy
//
// Rows stay in their files; left vertices come before right ones. The test split is the last three sessions, not the shared
// images of the reconstruction papers. Names of regions come from the data manual's table: the mapping_*.npy files are Python
// pickles and are never opened. `size` = 0 reads no pictures.
//
// Errors: pictures whose numbers do not run from 1 without gap, other numbers of rows or vertices. Source: Gifford et al. 2023.
//
//   [nodes.data]
//   type     = "io.algonauts"
//   root     = "${data}/algonauts"
//   subjects = ["subj01"]

#include "nsd/regions.h"
#include "subject_set.h"

#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/data/resize.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>

namespace bgraph::io {

namespace {

namespace fs = std::filesystem;

struct Picture {
  fs::path file;
  int64_t image = 0;
};

int64_t number_in(const std::string& name, const std::string& before, const fs::path& file) {
  const size_t begin = name.find(before);
  int64_t number = -1;
  if (begin != std::string::npos) std::from_chars(name.data() + begin + before.size(), name.data() + name.size(), number);
  if (number < 0) throw wrong_file(file, "name", "like train-0001_nsd-00013.png", "another");
  return number;
}

/// Pictures of a split in the order of their rows.
std::vector<Picture> pictures_of(const fs::path& folder, const std::string& split) {
  std::map<int64_t, Picture> by_row;
  if (!fs::is_directory(folder)) throw Error(printable(folder.string()) + " is no folder", "unpack the challenge's archive there");
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".png") continue;
    by_row[number_in(name, split + "-", entry.path())] = {entry.path(), number_in(name, "_nsd-", entry.path())};
  }
  std::vector<Picture> pictures;
  for (const auto& [row, picture] : by_row) {
    pictures.push_back(picture);
    if (row != static_cast<int64_t>(pictures.size()))
      throw wrong_file(folder, "number " + std::to_string(pictures.size()) + " of the pictures", "there", "missing", "the folder is not complete");
  }
  return pictures;
}

at::Tensor ids_of(const std::vector<Picture>& pictures) {
  std::vector<int64_t> ids;
  for (const auto& picture : pictures) ids.push_back(picture.image);
  return at::tensor(ids, at::kLong);
}

}  // namespace

struct AlgonautsParams {
  Folder root;
  std::vector<std::string> subjects = {"subj01"};
  int64_t size = 224;
  std::string method = "gaussian";

  template <class Visitor>
  void visit(Visitor& field) {
    field("root", root, reads({"{subjects}/training_split/training_fmri/*_training_fmri.npy", "{subjects}/training_split/training_images/*.png",
                               "{subjects}/test_split/test_images/*.png", "{subjects}/test_split/test_fmri/*_test_fmri.npy",
                               "{subjects}/roi_masks/*_challenge_space.npy", "{subjects}/roi_masks/*.all-vertices_fsaverage_space.npy"}),
          "folder with subj01/ to subj08/");
    field("subjects", subjects, any(), "which of them, in the order of voxels");
    field("size", size, at_least(0), "height and width of the pictures, pixels; 0 = none are read");
    field("method", method, one_of({"bilinear", "bilinear_antialias", "bicubic_antialias", "area", "gaussian"}), "how pictures are made smaller");
  }
};

class Algonauts final : public Node {
 public:
  explicit Algonauts(AlgonautsParams params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "averages over repeats, training images", "train"};
  Out<Betas> test{this, "test", "averages over repeats, test images; no subjects where they are not released", "test"};
  Out<Images> train_images{this, "train_images", "uint8 RGB, each image once", "train"};
  Out<Images> test_images{this, "test_images", "uint8 RGB, each image once", "test"};
  Out<Voxels> voxels{this, "voxels", "vertices of the challenge with their regions"};

  void run(Context& ctx) override {
    Betas fitted{.id_space = "nsd-73k", .split = "train"}, tested{.id_space = "nsd-73k", .split = "test"};
    std::vector<Voxels> places;
    std::map<int64_t, Picture> seen, held;
    int64_t first = 0;
    for (const auto& subject : params_.subjects) {
      const fs::path folder = fs::path(params_.root.path) / subject;
      const auto training = pictures_of(folder / "training_split/training_images", "train"), testing = pictures_of(folder / "test_split/test_images", "test");
      fitted.subjects.push_back(responses_of(ctx, folder / "training_split/training_fmri", "training", subject, ids_of(training)));
      if (fs::exists(folder / "test_split/test_fmri/lh_test_fmri.npy"))
        tested.subjects.push_back(responses_of(ctx, folder / "test_split/test_fmri", "test", subject, ids_of(testing)));
      places.push_back(places_of(ctx, folder, subject, fitted.subjects.back()));
      fitted.subjects.back().first_voxel = first;
      if (!tested.subjects.empty() && tested.subjects.back().subject == subject) tested.subjects.back().first_voxel = first;
      first += places.back().size();
      for (const auto& picture : training) seen.emplace(picture.image, picture);
      for (const auto& picture : testing) held.emplace(picture.image, picture);
    }
    const Json done = {{"what", "algonauts-2023"}, {"zscore", "session, all trials"}, {"average", "repeats"}};
    fitted.done.push_back(done), tested.done.push_back(done);
    train = fitted, test = tested, voxels = joined_voxels(places);
    train_images = images_of(ctx, seen, "train"), test_images = images_of(ctx, held, "test");
  }

 private:
  static SubjectBetas responses_of(Context& ctx, const fs::path& folder, const std::string& split, const std::string& subject, const at::Tensor& ids) {
    std::vector<ArrayRef> sides;
    for (const std::string side : {"lh", "rh"}) sides.push_back(with_digest(ctx, npy_reference((folder / (side + "_" + split + "_fmri.npy")).string())));
    return stored_trials(subject, std::move(sides), ids);
  }

  static Voxels places_of(Context& ctx, const fs::path& folder, const std::string& subject, const SubjectBetas& betas) {
    Voxels found = unlabelled_voxels(subject, "fsaverage", betas.voxels());
    std::vector<at::Tensor> vertices;
    int64_t first = 0;
    for (const size_t side : {0, 1}) {
      const std::string hemisphere = side == 0 ? "lh" : "rh";
      const auto mask_file = folder / "roi_masks" / (hemisphere + ".all-vertices_fsaverage_space.npy");
      vertices.push_back(read_npy(mask_file.string()).flatten().gt(0).nonzero().flatten());
      const int64_t count = betas.stored->parts[side].column.numel();
      if (vertices[side].numel() != count)
        throw wrong_file(mask_file, "number of vertices", std::to_string(count) + " (columns of the responses)", std::to_string(vertices[side].numel()));
      found.hemisphere.slice(0, first, first + count).fill_(static_cast<int64_t>(side));
      for (const std::string atlas : {"prf-visualrois", "floc-bodies", "floc-faces", "floc-places", "floc-words", "streams"}) {
        const auto file = folder / "roi_masks" / (hemisphere + "." + atlas + "_challenge_space.npy");
        if (!fs::exists(file)) {
          ctx.warn(file.string() + " is not there; its regions are left out");
          continue;
        }
        const at::Tensor label = read_npy(file.string()).flatten().to(at::kLong);
        if (label.numel() != count) throw wrong_file(file, "number of vertices", std::to_string(count), std::to_string(label.numel()));
        nsd::add_masks(found, first, label, nsd::region_names("", subject, atlas));
      }
      first += count;
    }
    found.place = at::cat(vertices);
    return found;
  }

  Images images_of(Context& ctx, const std::map<int64_t, Picture>& pictures, const std::string& split) const {
    const auto count = static_cast<int64_t>(params_.size > 0 ? pictures.size() : 0);
    const int64_t side = std::max<int64_t>(params_.size, 1);
    Images all{at::empty({count, 3, side, side}, at::kByte), at::empty({count}, at::kLong), at::full({count}, -1, at::kLong), "nsd-73k", split};
    int64_t row = 0;
    for (auto next = pictures.begin(); row < count; ++next, ++row) {
      ctx.stop_if_cancelled();
      cv::Mat read = cv::imread(next->second.file.string(), cv::IMREAD_COLOR);  // BGR
      if (read.empty() || read.rows != read.cols) throw wrong_file(next->second.file, "file", "a square picture", read.empty() ? "no readable picture" : "another shape");
      const at::Tensor pixels = at::from_blob(read.data, {1, read.rows, read.cols, 3}, at::kByte).permute({0, 3, 1, 2}).flip(1);
      all.pixels.slice(0, row, row + 1).copy_(resized(pixels, {side, resize_method(params_.method)}));
      all.image_id[row] = next->first;
      ctx.progress(row + 1, count, split);
    }
    return all;
  }

  AlgonautsParams params_;
};

BGRAPH_NODE(Algonauts, "io.algonauts")

}  // namespace bgraph::io
