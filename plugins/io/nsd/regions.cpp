#include "regions.h"

#include "mgh.h"
#include "nifti.h"
#include "subject_set.h"

#include <bgraph/sdk/data/wrong_file.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bgraph::io::nsd {

namespace {

namespace fs = std::filesystem;

// Data manual, ROIs: used where no .ctab lies beside the labels.
const std::map<std::string, std::vector<std::string>>& manual_names() {
  static const std::map<std::string, std::vector<std::string>> names = {
      {"nsdgeneral", {"nsdgeneral"}},
      {"prf-visualrois", {"V1v", "V1d", "V2v", "V2d", "V3v", "V3d", "hV4"}},
      {"prf-eccrois", {"ecc0pt5", "ecc1", "ecc2", "ecc4", "ecc4+"}},
      {"floc-bodies", {"EBA", "FBA-1", "FBA-2", "mTL-bodies"}},
      {"floc-faces", {"OFA", "FFA-1", "FFA-2", "mTL-faces", "aTL-faces"}},
      {"floc-places", {"OPA", "PPA", "RSC"}},
      {"floc-words", {"OWFA", "VWFA-1", "VWFA-2", "mfs-words", "mTL-words"}},
      {"streams", {"early", "midventral", "midlateral", "midparietal", "ventral", "lateral", "parietal"}}};
  return names;
}

std::map<int64_t, std::string> read_ctab(const fs::path& file) {
  std::ifstream in(file);
  std::map<int64_t, std::string> names;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    int64_t value = 0;
    std::string name;
    if (words >> value >> name) names[value] = printable(name);
    else if (line.find_first_not_of(" \r\t") != std::string::npos) throw wrong_file(file, "line '" + line + "'", "'NUMBER NAME'", "another");
  }
  return names;
}

at::Tensor flat_label(const fs::path& file) { return read_mgh(file.string()).data.flatten().round().to(at::kLong); }

}  // namespace

std::map<int64_t, std::string> region_names(const std::string& root, const std::string& subject, const std::string& atlas) {
  const std::vector<std::string> owners = root.empty() ? std::vector<std::string>() : std::vector<std::string>{subject, "fsaverage"};
  for (const std::string& owner : owners)
    if (const auto file = fs::path(root) / "nsddata/freesurfer" / owner / "label" / (atlas + ".mgz.ctab"); fs::exists(file)) {
      auto names = read_ctab(file);
      std::erase_if(names, [](const auto& entry) { return entry.first <= 0; });
      return names;
    }
  std::map<int64_t, std::string> names;
  if (const auto known = manual_names().find(atlas); known != manual_names().end())
    for (const auto& name : known->second) names.emplace(static_cast<int64_t>(names.size()) + 1, name);
  return names;
}

at::Tensor surface_label(const std::string& root, const std::string& subject, const std::string& hemisphere, const std::string& atlas) {
  const fs::path surfaces = fs::path(root) / "nsddata/freesurfer";
  const std::string name = hemisphere + "." + atlas + ".mgz";
  if (const auto shared = surfaces / "fsaverage/label" / name; fs::exists(shared)) return flat_label(shared);
  const auto own = surfaces / subject / "label" / name;
  const auto nearest = fs::path(root) / "nsddata/ppdata" / subject / "transforms" / (hemisphere + ".white-to-fsaverage.mgz");
  if (!fs::exists(own) || !fs::exists(nearest)) return {};
  const at::Tensor native = flat_label(own), vertex = flat_label(nearest);  // counted from 1, as MATLAB does
  if (vertex.min().item<int64_t>() < 1 || vertex.max().item<int64_t>() > native.numel())
    throw wrong_file(nearest, "nearest vertices", "1 to " + std::to_string(native.numel()) + ", those of " + own.filename().string(),
                     std::to_string(vertex.min().item<int64_t>()) + " to " + std::to_string(vertex.max().item<int64_t>()));
  return native.index_select(0, vertex - 1);
}

at::Tensor volume_label(const std::string& root, const std::string& subject, const std::string& space, const std::string& atlas,
                        std::vector<int64_t>& shape) {
  const auto file = fs::path(root) / "nsddata/ppdata" / subject / space / "roi" / (atlas + ".nii.gz");
  if (!fs::exists(file)) return {};
  const Nifti image = read_nifti(file.string());
  shape = image.shape;
  return image.data.flatten().to(at::kDouble).round().to(at::kLong);
}

void add_masks(Voxels& voxels, int64_t first, const at::Tensor& labels, const std::map<int64_t, std::string>& names) {
  for (const auto& [value, name] : names) add_region(voxels, first, name, labels.eq(value));
}

}  // namespace bgraph::io::nsd
