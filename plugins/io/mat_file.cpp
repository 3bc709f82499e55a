#include "mat_file.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <matio.h>

#include <ATen/ops/from_blob.h>

#include <algorithm>

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

MatFile::MatFile(const std::string& path) : path_(path), handle_(std::make_unique<Handle>()) {
  // Its complaints become our errors. They are char* in matio 1.5.23, const char* in 1.5.28.
  Mat_LogInitFunc("bgraph", [](int, auto*) {});
  handle_->file = Mat_Open(path.c_str(), MAT_ACC_RDONLY);
  if (!handle_->file)
    throw Error(path + " cannot be read as a MATLAB v5 file", "is it there, complete, and saved with -v7 or older?");
}

MatFile::~MatFile() = default;

std::vector<std::string> MatFile::names() const {
  size_t count = 0;
  char* const* list = Mat_GetDir(handle_->file, &count);
  std::vector<std::string> names;
  for (size_t i = 0; list && i < count; ++i)
    if (list[i]) names.emplace_back(list[i]);
  return names;
}

at::Tensor MatFile::array(const std::string& name) const {
  const Variable variable(Mat_VarRead(handle_->file, name.c_str()));
  if (!variable || !variable->data) {
    const auto known = names();
    std::string all;
    for (const auto& other : known) all += (all.empty() ? "'" : ", '") + other + "'";
    throw Error(path_ + " has no array '" + name + "'; it holds " + all, did_you_mean(name, known));
  }
  const auto type = scalar_type_of(*variable);
  if (type == at::ScalarType::Undefined || variable->isComplex)
    throw Error(path_ + ": '" + name + "' is not an array of real numbers");
  // MATLAB stores the first axis fastest: read with axes reversed, then turned round.
  std::vector<int64_t> reversed(variable->dims, variable->dims + variable->rank);
  std::reverse(reversed.begin(), reversed.end());
  const at::Tensor stored = at::from_blob(variable->data, reversed, at::TensorOptions().dtype(type));
  std::vector<int64_t> order(reversed.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(order.size() - 1 - i);
  const bool floating = type == at::kDouble || type == at::kFloat;
  return stored.permute(order).to(floating ? at::kDouble : at::kLong).contiguous().clone();
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
