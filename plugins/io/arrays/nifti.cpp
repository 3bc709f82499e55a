#include "nifti.h"

#include "file_stream.h"

#include <cmath>
#include <map>

namespace bgraph::io {

namespace {

NumberCode number_code_of(const FileStream& in, int type, bool big) {
  static const std::map<int, NumberCode> types = {
      {2, {'u', 1}}, {4, {'i', 2}}, {8, {'i', 4}}, {16, {'f', 4}}, {64, {'f', 8}}, {256, {'i', 1}},
      {512, {'u', 2}}, {768, {'u', 4}}, {1024, {'i', 8}}, {1280, {'u', 8}}};
  const auto found = types.find(type);
  if (found == types.end())
    throw in.wrong("datatype", "a real number (2, 4, 8, 16, 64, 256, 512, 768, 1024 or 1280)", std::to_string(type));
  NumberCode code = found->second;
  code.big_endian = big && code.bytes > 1;
  return code;
}

/// Quaternion form: rotation of (b, c, d), voxel sizes, and the sign of the third axis.
std::array<std::array<double, 4>, 3> from_quaternion(std::array<double, 3> q, std::array<double, 3> offset, const std::array<double, 8>& pixdim) {
  const double b = q[0], c = q[1], d = q[2];
  const double a = std::sqrt(std::max(0.0, 1.0 - b * b - c * c - d * d));
  const double rotation[3][3] = {
      {a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)},
      {2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)},
      {2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c}};
  const double flip = pixdim[0] < 0 ? -1.0 : 1.0;
  std::array<std::array<double, 4>, 3> affine{};
  for (size_t r = 0; r < 3; ++r) {
    for (size_t k = 0; k < 3; ++k) affine[r][k] = rotation[r][k] * pixdim[k + 1] * (k == 2 ? flip : 1.0);
    affine[r][3] = offset[r];
  }
  return affine;
}

/// Fields of both versions, in the order of their offsets.
class Header {
 public:
  explicit Header(FileStream& in) : in_(in) {}

  Nifti read() {
    const auto size = in_.number<int32_t>("sizeof_hdr", false);
    big_ = size == 0x5c010000 || size == 0x1c020000;
    const auto known = big_ ? (size == 0x5c010000 ? 348 : 540) : size;
    if (known != 348 && known != 540) throw in_.wrong("sizeof_hdr", "348 (NIfTI-1) or 540 (NIfTI-2)", std::to_string(size), "is this a .nii file?");
    known == 348 ? read_first() : read_second();
    read_extensions(known);
    return nifti_;
  }

 private:
  template <class T>
  T next(uint64_t at, const char* item) {
    in_.move_to(at, item);
    return in_.number<T>(item, big_);
  }
  void expect_magic(uint64_t at, const std::string& magic, size_t length) {
    in_.move_to(at, "magic");
    const std::string found = in_.text(length, "magic");
    if (found.substr(0, magic.size()) == magic) return;
    const bool pair = found.substr(0, 2) == "ni";
    throw in_.wrong("magic", "'" + magic.substr(0, 3) + "'", pair ? "that of an .hdr and .img pair" : "another",
                    pair ? "convert it to one .nii file" : "");
  }
  void set_shape(const std::array<int64_t, 8>& dim) {
    if (dim[0] < 1 || dim[0] > 7) throw in_.wrong("number of dimensions", "1 to 7", std::to_string(dim[0]));
    for (int64_t d = 1; d <= dim[0]; ++d) {
      if (dim[static_cast<size_t>(d)] < 0) throw in_.wrong("dimension " + std::to_string(d), "not negative", std::to_string(dim[static_cast<size_t>(d)]));
      nifti_.shape.insert(nifti_.shape.begin(), dim[static_cast<size_t>(d)]);
    }
  }
  void set_affine(int qform, int sform, std::array<double, 3> q, std::array<double, 3> offset, const std::array<std::array<double, 4>, 3>& rows) {
    if (sform > 0) nifti_.mm_from_index = rows;
    else if (qform > 0) nifti_.mm_from_index = from_quaternion(q, offset, pixdim_);
    else for (size_t r = 0; r < 3; ++r) nifti_.mm_from_index[r][r] = pixdim_[r + 1];
  }
  template <class T>
  void read_geometry(uint64_t quaternion, int qform, int sform) {
    std::array<double, 3> q{}, offset{};
    std::array<std::array<double, 4>, 3> rows{};
    in_.move_to(quaternion, "quaternion");
    for (auto& value : q) value = in_.number<T>("quaternion", big_);
    for (auto& value : offset) value = in_.number<T>("offset", big_);
    for (auto& row : rows)
      for (auto& value : row) value = in_.number<T>("srow", big_);
    set_affine(qform, sform, q, offset, rows);
  }

  void read_first() {
    std::array<int64_t, 8> dim{};
    in_.move_to(40, "dim");
    for (auto& size : dim) size = in_.number<int16_t>("dim", big_);
    set_shape(dim);
    nifti_.intent = next<int16_t>(68, "intent_code");
    nifti_.code = number_code_of(in_, next<int16_t>(70, "datatype"), big_);
    in_.move_to(76, "pixdim");
    for (auto& size : pixdim_) size = in_.number<float>("pixdim", big_);
    set_offset(next<float>(108, "vox_offset"));
    nifti_.slope = next<float>(112, "scl_slope");
    nifti_.inter = next<float>(116, "scl_inter");
    const int qform = next<int16_t>(252, "qform_code"), sform = next<int16_t>(254, "sform_code");
    read_geometry<float>(256, qform, sform);
    expect_magic(344, std::string("n+1\0", 4), 4);
  }

  void read_second() {
    expect_magic(4, std::string("n+2\0\r\n\x1a\n", 8), 8);
    nifti_.code = number_code_of(in_, next<int16_t>(12, "datatype"), big_);
    std::array<int64_t, 8> dim{};
    in_.move_to(16, "dim");
    for (auto& size : dim) size = in_.number<int64_t>("dim", big_);
    set_shape(dim);
    in_.move_to(104, "pixdim");
    for (auto& size : pixdim_) size = in_.number<double>("pixdim", big_);
    set_offset(static_cast<double>(next<int64_t>(168, "vox_offset")));
    nifti_.slope = next<double>(176, "scl_slope");
    nifti_.inter = next<double>(184, "scl_inter");
    const int qform = next<int32_t>(344, "qform_code"), sform = next<int32_t>(348, "sform_code");
    read_geometry<double>(352, qform, sform);
    nifti_.intent = next<int32_t>(504, "intent_code");
    in_.move_to(540, "header");
  }

  void set_offset(double offset) {
    if (!(offset >= 0 && offset < 1e15)) throw in_.wrong("vox_offset", "0 to 1e15", std::to_string(offset));
    nifti_.offset = static_cast<uint64_t>(offset);
  }

  /// Extensions: a flag, then (size, code, content) up to the data.
  void read_extensions(int header) {
    if (nifti_.offset == 0) nifti_.offset = static_cast<uint64_t>(header) + 4;  // what .nii files mean by it
    if (in_.at_end() || in_.position() + 4 > nifti_.offset) return;
    const std::string flag = in_.text(4, "extension flag");
    while (flag[0] != 0 && in_.position() + 8 <= nifti_.offset) {
      const auto size = in_.number<int32_t>("extension size", big_), code = in_.number<int32_t>("extension code", big_);
      if (size < 8 || static_cast<uint64_t>(size) - 8 > nifti_.offset - in_.position())
        throw in_.wrong("extension size", "8 to " + std::to_string(nifti_.offset - in_.position() + 8), std::to_string(size));
      nifti_.extensions.emplace_back(code, in_.text(static_cast<size_t>(size) - 8, "extension"));
    }
  }

  FileStream& in_;
  bool big_ = false;
  std::array<double, 8> pixdim_{};
  Nifti nifti_;
};

}  // namespace

Nifti read_nifti_header(const std::string& path) {
  FileStream in(path);
  return Header(in).read();
}

Nifti read_nifti(const std::string& path) {
  FileStream in(path);
  Nifti nifti = Header(in).read();
  in.move_to(nifti.offset, "vox_offset");
  nifti.data = in.numbers(nifti.shape, nifti.code, "data");
  if (nifti.scaled()) nifti.data = nifti.data.to(at::kDouble).mul_(nifti.slope).add_(nifti.inter).to(at::kFloat);
  return nifti;
}

ArrayRef nifti_reference(const std::string& path) {
  FileStream in(path);
  const Nifti nifti = Header(in).read();
  if (in.compressed()) throw in.wrong("file", "an uncompressed .nii, whose volumes can be reached", "gzip", "gunzip it");
  if (nifti.scaled() && nifti.inter != 0) throw in.wrong("scl_inter", "0", std::to_string(nifti.inter));
  const ArrayRef ref{.path = path, .offset = static_cast<int64_t>(nifti.offset), .code = nifti.code, .shape = nifti.shape,
                     .scale = nifti.scaled() ? nifti.slope : 1.0};
  ArrayRows check(ref);  // the file is as long as its header says
  return ref;
}

}  // namespace bgraph::io
