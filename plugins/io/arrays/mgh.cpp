#include "mgh.h"

#include "file_stream.h"

#include <map>

namespace bgraph::io {

namespace {

constexpr uint64_t kData = 284;

/// Without goodRAS: 1 mm voxels, coronal slices, centred at 0.
constexpr std::array<float, 15> kDefaultGeometry = {1, 1, 1, -1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0};

Mgh header_of(FileStream& in) {
  if (const auto version = in.number<int32_t>("version", true); version != 1)
    throw in.wrong("version", "1", std::to_string(version), "is this an .mgh or .mgz file?");
  Mgh mgh;
  for (const char* axis : {"width", "height", "depth", "number of frames"}) {
    const auto size = in.number<int32_t>(axis, true);
    if (size <= 0) throw in.wrong(axis, "at least 1", std::to_string(size));
    mgh.shape.insert(mgh.shape.begin(), size);
  }
  static const std::map<int32_t, NumberCode> types = {
      {0, {'u', 1}}, {1, {'i', 4, true}}, {3, {'f', 4, true}}, {4, {'i', 2, true}}, {10, {'u', 2, true}}};
  const auto type = in.number<int32_t>("type", true);
  if (!types.count(type)) throw in.wrong("type", "0, 1, 3, 4 or 10", std::to_string(type));
  mgh.code = types.at(type);
  in.skip(4, "degrees of freedom");
  const bool good = in.number<int16_t>("goodRAS", true) > 0;
  std::array<float, 15> geometry;  // voxel size, x y z cosines, centre
  for (float& value : geometry) value = in.number<float>("geometry", true);
  if (!good) geometry = kDefaultGeometry;
  // mm = M D (index - dims / 2) + centre, M the cosines as columns, D the voxel size.
  for (size_t r = 0; r < 3; ++r) {
    double shift = geometry[12 + r];
    for (size_t c = 0; c < 3; ++c) {
      const double step = static_cast<double>(geometry[3 + 3 * c + r]) * static_cast<double>(geometry[c]);
      mgh.mm_from_index[r][c] = step;
      shift -= step * static_cast<double>(mgh.shape[3 - c]) / 2;
    }
    mgh.mm_from_index[r][3] = shift;
  }
  in.move_to(kData, "data");
  return mgh;
}

}  // namespace

Mgh read_mgh(const std::string& path) {
  FileStream in(path);
  Mgh mgh = header_of(in);
  mgh.data = in.numbers(mgh.shape, mgh.code, "data");
  return mgh;
}

Mgh read_mgh_header(const std::string& path) {
  FileStream in(path);
  return header_of(in);
}

ArrayRef mgh_reference(const std::string& path) {
  FileStream in(path);
  const Mgh mgh = header_of(in);
  if (in.compressed()) throw in.wrong("file", "an uncompressed .mgh, whose frames can be reached", "gzip", "gunzip it");
  const ArrayRef ref{.path = path, .offset = kData, .code = mgh.code,
                     .shape = {mgh.shape[0], mgh.shape[1] * mgh.shape[2] * mgh.shape[3]}};
  ArrayRows check(ref);  // the file is as long as its header says
  return ref;
}

}  // namespace bgraph::io
