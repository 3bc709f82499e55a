#include "mat_file.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/values/tensor.h>
#include <matio.h>

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <filesystem>

namespace bgraph::io {

struct MatFile::Handle {
  mat_t* file = nullptr;
  ~Handle() {
    if (file) Mat_Close(file);
  }
};

namespace {

struct FreeVariable {
  void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using Variable = std::unique_ptr<matvar_t, FreeVariable>;

/// ATen type of a numeric class; Undefined for cells, structs, characters.
at::ScalarType scalar_type_of(const matvar_t& variable) {
  switch (variable.class_type) {
    case MAT_C_DOUBLE: return at::kDouble;
    case MAT_C_SINGLE: return at::kFloat;
    case MAT_C_UINT8: return at::kByte;
    case MAT_C_INT8: return at::kChar;
    case MAT_C_INT16: return at::kShort;
    case MAT_C_INT32: return at::kInt;
    case MAT_C_INT64: return at::kLong;
    default: return at::ScalarType::Undefined;
  }
}

}  // namespace

namespace {

/// The header text says MATLAB and the version word 0x0200, or there is no such text: plain HDF5 with MATLAB's arrays.
bool is_hdf5(const std::string& path) {
  const MappedFile file(path);
  const std::string_view head(reinterpret_cast<const char*>(file.bytes().data()), std::min<size_t>(128, file.bytes().size()));
  if (head.substr(0, 6) == "MATLAB") return head.size() == 128 && (head.substr(124, 2) == std::string_view("\0\2", 2));
  return head.substr(0, 4) == "\x89HDF";
}

/// Axes reversed; float64 for floating types, int64 for the rest.
at::Tensor as_matlab_shows(const at::Tensor& stored) {
  std::vector<int64_t> order(static_cast<size_t>(stored.dim()));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(order.size() - 1 - i);
  return stored.permute(order).to(at::isFloatingType(stored.scalar_type()) ? at::kDouble : at::kLong).contiguous().clone();
}

}  // namespace

MatFile::MatFile(const std::string& path) : path_(path), handle_(std::make_unique<Handle>()) {
  if (std::filesystem::is_regular_file(path) && is_hdf5(path)) {
    hdf5_ = std::make_unique<Hdf5File>(path);
    return;
  }
  // Its complaints become our errors. They are char* in matio 1.5.23, const char* in 1.5.28.
  Mat_LogInitFunc("bgraph", [](int, auto*) {});
  handle_->file = Mat_Open(path.c_str(), MAT_ACC_RDONLY);
  if (!handle_->file)
    throw Error(path + " cannot be read as a MATLAB file", "is it there and complete?");
}

MatFile::~MatFile() = default;

std::vector<std::string> MatFile::names() const {
  if (hdf5_) return hdf5_->datasets();
  size_t count = 0;
  char* const* list = Mat_GetDir(handle_->file, &count);
  std::vector<std::string> names;
  for (size_t i = 0; list && i < count; ++i)
    if (list[i]) names.emplace_back(list[i]);
  return names;
}

bool MatFile::holds(const std::string& name) const {
  const auto known = names();
  return std::find(known.begin(), known.end(), name) != known.end();
}

Error MatFile::missing(const std::string& name) const {
  const auto known = names();
  std::string all;
  for (const auto& other : known) all += (all.empty() ? "'" : ", '") + printable(other) + "'";
  return Error(printable(path_) + " has no array '" + name + "'; it holds " + all, did_you_mean(name, known));
}

at::Tensor MatFile::array(const std::string& name) const {
  if (hdf5_) {
    if (!hdf5_->holds(name)) throw missing(name);
    const auto dataset = hdf5_->dataset(name);
    const std::string kind = dataset.is_text() ? "text" : dataset.attribute("MATLAB_class");
    if (kind == "char" || kind == "cell" || kind == "struct" || kind == "text")
      throw wrong_file(path_, "'" + name + "'", "an array of real numbers", "a " + kind);
    return as_matlab_shows(dataset.read());
  }
  const Variable variable(Mat_VarRead(handle_->file, name.c_str()));
  if (!variable || !variable->data) throw missing(name);
  const auto type = scalar_type_of(*variable);
  if (type == at::ScalarType::Undefined || variable->isComplex)
    throw Error(path_ + ": '" + name + "' is not an array of real numbers");
  // MATLAB stores the first axis fastest: read with axes reversed, then turned round.
  std::vector<int64_t> reversed(variable->dims, variable->dims + variable->rank);
  std::reverse(reversed.begin(), reversed.end());
  const int64_t bytes = element_count(reversed, path_, "'" + name + "'") * static_cast<int64_t>(c10::elementSize(type));
  if (bytes != static_cast<int64_t>(variable->nbytes))
    throw wrong_file(path_, "'" + name + "' " + shape_text(reversed), std::to_string(bytes) + " bytes", std::to_string(variable->nbytes) + " bytes");
  return as_matlab_shows(at::from_blob(variable->data, reversed, at::TensorOptions().dtype(type)));
}

std::vector<std::string> MatFile::cell(const std::string& name) const {
  if (!hdf5_) throw wrong_file(path_, "'" + name + "'", "a cell of a v7.3 file", "an older file", "save it with -v7.3");
  if (!hdf5_->holds(name)) throw missing(name);
  return hdf5_->referred(name);
}

std::string MatFile::text(const std::string& name) const {
  if (!hdf5_) throw wrong_file(path_, "'" + name + "'", "characters of a v7.3 file", "an older file", "save it with -v7.3");
  if (!hdf5_->holds(name)) throw missing(name);
  const auto dataset = hdf5_->dataset(name);
  if (dataset.is_text() || dataset.attribute("MATLAB_class") != "char") throw wrong_file(path_, "'" + name + "'", "characters", "something else");
  const at::Tensor codes = dataset.read().flatten().to(at::kLong).contiguous();
  std::string text;
  for (int64_t i = 0; i < codes.numel(); ++i) {
    const int64_t code = codes.data_ptr<int64_t>()[i];
    if (code < 32 || code > 126) throw wrong_file(path_, "'" + name + "'", "ASCII characters", "code " + std::to_string(code));
    text += static_cast<char>(code);
  }
  return text;
}

at::Tensor MatFile::matrix(const std::string& name, int64_t rows, int64_t columns) const {
  const at::Tensor found = array(name);
  const bool fits = found.dim() == 2 && (rows < 0 || found.size(0) == rows) && (columns < 0 || found.size(1) == columns);
  if (!fits) {
    const auto text = [](int64_t size) { return size < 0 ? std::string("any") : std::to_string(size); };
    throw ShapeError(path_ + ": '" + name + "' is " + shape_text(found) + ", expected [" + text(rows) + ", " +
                     text(columns) + "]");
  }
  return found;
}

}  // namespace bgraph::io
