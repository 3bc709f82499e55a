#include <bgraph/sdk/data/array_ref.h>

#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cstring>

namespace bgraph {

namespace {

/// Row-chunked data come in whole rows: so many at a time that they fit in this.
constexpr int64_t kBatchBytes = int64_t{64} << 20;

bool is_run(std::span<const int64_t> column) {
  return std::adjacent_find(column.begin(), column.end(), [](int64_t a, int64_t b) { return b != a + 1; }) == column.end();
}

void gather_from(const at::Tensor& rows, std::span<const int64_t> column, double scale, float* out, int64_t stride) {
  const at::Tensor flat = rows.reshape({rows.size(0), -1}).contiguous();  // as stored
  const NumberCode code = [&] {
    switch (flat.scalar_type()) {
      case at::kHalf: return NumberCode{'f', 2};
      case at::kDouble: return NumberCode{'f', 8};
      case at::kShort: return NumberCode{'i', 2};
      case at::kInt: return NumberCode{'i', 4};
      case at::kLong: return NumberCode{'i', 8};
      case at::kChar: return NumberCode{'i', 1};
      case at::kByte: case at::kBool: return NumberCode{'u', 1};
      default: return NumberCode{'f', 4};
    }
  }();
  const auto* data = static_cast<const std::byte*>(flat.data_ptr());
  const auto width = static_cast<size_t>(flat.size(1)) * static_cast<size_t>(code.bytes);
  const auto first = static_cast<size_t>(column.front());
  if (code == NumberCode{} && scale == 1.0 && is_run(column)) {
    for (int64_t i = 0; i < flat.size(0); ++i)
      std::memcpy(out + i * stride, data + static_cast<size_t>(i) * width + first * sizeof(float), column.size() * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < flat.size(0); ++i)
    gather_floats(data + static_cast<size_t>(i) * width, column, code, scale, out + i * stride);
}

}  // namespace

int64_t ArrayRef::columns() const {
  int64_t count = 1;
  for (size_t d = 1; d < shape.size(); ++d) count *= shape[d];
  return count;
}

Json to_json(const ArrayRef& ref) {
  return {{"path", ref.path}, {"content", ref.content}, {"dataset", ref.dataset}, {"offset", ref.offset},
          {"code", ref.code.text()}, {"shape", ref.shape}, {"scale", ref.scale}};
}

ArrayRef array_ref_from_json(const Json& json) {
  return {.path = json.at("path"), .content = json.at("content"), .dataset = json.at("dataset"),
          .offset = json.at("offset"), .code = number_code(json.at("code").get<std::string>()),
          .shape = json.at("shape"), .scale = json.at("scale")};
}

ArrayRows::ArrayRows(const ArrayRef& ref) : ref_(ref) {
  if (!ref_.dataset.empty()) {
    dataset_.push_back(Hdf5File(ref_.path).dataset(ref_.dataset));
    if (dataset_.front().shape() != ref_.shape)
      throw wrong_file(ref_.path, "dataset '" + ref_.dataset + "'", shape_text(ref_.shape), shape_text(dataset_.front().shape()));
    return;
  }
  mapped_ = std::make_shared<MappedFile>(ref_.path);
  const int64_t bytes = element_count(ref_.shape, ref_.path, "array") * ref_.code.bytes;
  const auto size = static_cast<int64_t>(mapped_->bytes().size());
  if (ref_.offset < 0 || ref_.offset > size || bytes > size - ref_.offset)
    throw wrong_file(ref_.path, "file", std::to_string(bytes) + " bytes from " + std::to_string(ref_.offset),
                     std::to_string(size) + " bytes long", "the file is not complete; fetch it again");
}

at::Tensor ArrayRows::rows(std::span<const int64_t> row) const {
  for (const int64_t r : row)
    if (r < 0 || r >= ref_.rows()) throw wrong_file(ref_.path, "number of rows", "at least " + std::to_string(r + 1), std::to_string(ref_.rows()));
  if (!mapped_) return dataset_.front().rows(row);
  const at::Tensor index = at::tensor(at::IntArrayRef(row.data(), row.size()), at::kLong);
  return mapped_numbers(mapped_, static_cast<size_t>(ref_.offset), ref_.shape, ref_.code).index_select(0, index);
}

void ArrayRows::gather(std::span<const int64_t> row, std::span<const int64_t> column, float* out, int64_t stride) const {
  const int64_t columns = ref_.columns();
  for (const int64_t r : row)
    if (r < 0 || r >= ref_.rows()) throw wrong_file(ref_.path, "number of rows", "at least " + std::to_string(r + 1), std::to_string(ref_.rows()));
  for (const int64_t c : column)
    if (c < 0 || c >= columns) throw wrong_file(ref_.path, "number of columns", "at least " + std::to_string(c + 1), std::to_string(columns));
  if (row.empty() || column.empty()) return;
  if (mapped_) {
    const std::byte* data = mapped_->bytes().data() + ref_.offset;
    const auto width = static_cast<size_t>(columns) * static_cast<size_t>(ref_.code.bytes);
    for (size_t i = 0; i < row.size(); ++i)
      gather_floats(data + static_cast<size_t>(row[i]) * width, column, ref_.code, ref_.scale, out + static_cast<int64_t>(i) * stride);
    return;
  }
  const auto& chunk = dataset_.front().chunk();
  if (ref_.shape.size() > 2 && !chunk.empty() && chunk[0] > 1) return gather_planes(row, column, out, stride);
  const int64_t batch = std::max<int64_t>(1, kBatchBytes / std::max<int64_t>(1, columns * ref_.code.bytes));
  for (size_t first = 0; first < row.size(); first += static_cast<size_t>(batch)) {
    const auto some = row.subspan(first, std::min(static_cast<size_t>(batch), row.size() - first));
    gather_from(dataset_.front().rows(some), column, ref_.scale, out + static_cast<int64_t>(first) * stride, stride);
  }
}

// A volume stored voxel by voxel (NSD: chunks of [750, 1, 1, 1]): only the box around the wanted voxels of each
// slice is read, for all wanted rows at once.
void ArrayRows::gather_planes(std::span<const int64_t> row, std::span<const int64_t> column, float* out, int64_t stride) const {
  const auto [low, high] = std::minmax_element(row.begin(), row.end());
  const int64_t plane = ref_.columns() / ref_.shape[1];
  const int64_t inner = plane / ref_.shape[2];  // columns per step of the third axis
  for (size_t first = 0; first < column.size();) {
    const int64_t slice = column[first] / plane;
    size_t last = first;
    int64_t y_low = ref_.shape[2], y_high = 0;
    for (; last < column.size() && column[last] / plane == slice; ++last) {
      const int64_t y = column[last] % plane / inner;
      y_low = std::min(y_low, y), y_high = std::max(y_high, y);
    }
    auto begin = std::vector<int64_t>(ref_.shape.size(), 0), count = ref_.shape;
    begin[0] = *low, count[0] = *high - *low + 1;
    begin[1] = slice, count[1] = 1;
    begin[2] = y_low, count[2] = y_high - y_low + 1;
    const at::Tensor box = dataset_.front().block(begin, count);
    std::vector<int64_t> inside(column.begin() + static_cast<int64_t>(first), column.begin() + static_cast<int64_t>(last));
    for (auto& c : inside) c -= slice * plane + y_low * inner;
    for (size_t i = 0; i < row.size(); ++i)
      gather_from(box.narrow(0, row[i] - *low, 1), inside, ref_.scale, out + static_cast<int64_t>(i) * stride + static_cast<int64_t>(first), stride);
    first = last;
  }
}

}  // namespace bgraph
