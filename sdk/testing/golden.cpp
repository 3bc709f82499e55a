#include <bgraph/sdk/testing/golden.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/tensor.h>

#include "source_tree.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bgraph::testing {

namespace {

double unit_of(uint64_t start, int64_t i) {
  const uint64_t bits = splitmix64(start + static_cast<uint64_t>(i) * 0x9E3779B97F4A7C15ULL);
  return static_cast<double>(bits >> 40) * 0x1.0p-24;
}

const Json& record_named(const Json& records, const std::string& name) {
  for (const auto& record : records)
    if (record.at("name") == name) return record;
  throw Error("the golden case has no record '" + name + "'");
}

void flatten(const Json& nested, std::vector<double>& flat) {
  if (!nested.is_array()) flat.push_back(nested.get<double>());
  else
    for (const auto& inner : nested) flatten(inner, flat);
}

std::string off(const std::string& what, double found, double expected, double tolerance) {
  std::ostringstream text;
  text.precision(9);
  text << what << " is " << found << ", expected " << expected << " within " << tolerance;
  return text.str();
}

/// NaN never agrees.
bool within(double found, double expected, double tolerance) {
  return std::abs(found - expected) <= tolerance;
}

std::string difference(const Json& record, const std::string& probe, uint64_t seed,
                       const at::Tensor& actual) {
  const auto shape = record.at("shape").get<std::vector<int64_t>>();
  if (actual.sizes() != at::IntArrayRef(shape))
    return record.at("name").get<std::string>() + " is " + shape_text(actual) + ", expected " +
           Json(shape).dump();
  const at::Tensor flat = actual.detach().cpu().to(at::kDouble).contiguous();
  const double* y = flat.data_ptr<double>();
  const int64_t n = flat.numel();
  const double tolerance = record.at("tol_abs").get<double>();
  const double digits = 1e-8;  // the file prints nine of them

  std::vector<double> expected;
  std::vector<int64_t> index;
  if (record.contains("values")) {
    flatten(record.at("values"), expected);
    for (int64_t i = 0; i < n; ++i) index.push_back(i);
  } else {
    expected = record.at("sample_value").get<std::vector<double>>();
    index = record.at("sample_index").get<std::vector<int64_t>>();
  }
  for (size_t k = 0; k < expected.size(); ++k)
    if (!within(y[index[k]], expected[k], tolerance + digits * std::abs(expected[k])))
      return off("element " + std::to_string(index[k]), y[index[k]], expected[k], tolerance);

  const uint64_t start = fnv1a64(probe) + seed;
  double dot = 0, square = 0;
  for (int64_t i = 0; i < n; ++i) {
    dot += y[i] * (2 * unit_of(start, i) - 1);
    square += y[i] * y[i];
  }
  const double spread = tolerance * std::sqrt(static_cast<double>(n));  // of n errors of that size
  const double l2 = record.at("l2").get<double>();
  if (!within(std::sqrt(square), l2, spread + digits * l2)) return off("the norm", std::sqrt(square), l2, spread);
  const double expected_dot = record.at("probe_dot").get<double>();
  if (!within(dot, expected_dot, 3 * spread + digits * l2)) return off("the probe", dot, expected_dot, 3 * spread);
  return "";
}

}  // namespace

at::Tensor golden_fill(const std::string& name, uint64_t seed, at::IntArrayRef shape, double centre,
                       double half_width) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* values = tensor.data_ptr<float>();
  const uint64_t start = fnv1a64(name) + seed;
  for (int64_t i = 0; i < tensor.numel(); ++i)
    values[i] = static_cast<float>(centre + half_width * (2 * unit_of(start, i) - 1));
  return tensor;
}

std::optional<Golden> Golden::open(const std::string& name) {
  const auto outside = golden_folder(), kept = std::filesystem::path(source_root()) / "tests" / "golden";
  for (const auto& folder : {outside, kept}) {
    std::ifstream in(folder / (name + ".json"));
    if (in) return Golden(Json::parse(in));
  }
  if (!outside.empty()) throw Error("there is no golden case " + (outside / (name + ".json")).string());
  WARN("skipped: no folder of golden cases (BGRAPH_GOLDEN names it), and '" << name << "' is not kept in tests/golden");
  return std::nullopt;
}

at::Tensor Golden::filled(const char* list, const std::string& name) const {
  for (const auto& row : case_.at(list))
    if (row.at(0) == name)
      return golden_fill(name, seed(), row.at(1).get<std::vector<int64_t>>(), row.at(2), row.at(3));
  throw Error(std::string("the golden case has no '") + name + "' among its " + list);
}

at::Tensor Golden::tensor(const std::string& name) const { return filled("tensors", name); }
at::Tensor Golden::input(const std::string& name) const { return filled("inputs", name); }

at::Tensor Golden::integers(const std::string& name) const {
  const Json& record = record_named(case_.at("integer_inputs"), name);
  const auto count = record.at("count").get<int64_t>();
  const auto high = record.at("high").get<double>();
  std::vector<int64_t> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<int64_t>(std::floor(unit_of(fnv1a64(name) + seed(), i) * high)));
  return at::tensor(values);
}

std::map<std::string, at::Tensor> Golden::tensors() const {
  std::map<std::string, at::Tensor> all;
  for (const auto& row : case_.at("tensors")) all[row.at(0)] = tensor(row.at(0));
  return all;
}

std::string Golden::output_difference(const std::string& name, const at::Tensor& actual) const {
  compared_.insert("outputs/" + name);
  return difference(record_named(case_.at("outputs"), name), "probe." + name, seed(), actual);
}

std::string Golden::gradient_difference(const std::string& name, const at::Tensor& actual) const {
  compared_.insert("gradients/" + name);
  return difference(record_named(case_.at("gradients"), name), "probe.grad." + name, seed(), actual);
}

std::string layout_difference(const Json& entries, const torch::nn::Module& module) {
  std::map<std::string, at::Tensor> own;
  for (const auto& item : module.named_parameters()) own[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) own[item.key()] = item.value();
  std::string differences;
  for (const auto& entry : entries) {
    const auto name = entry.at(0).get<std::string>();
    const auto found = own.extract(name);
    if (found.empty()) differences += "no " + name + "\n";
    else if (found.mapped().sizes() != at::IntArrayRef(entry.at(1).get<std::vector<int64_t>>()))
      differences += name + " is " + shape_text(found.mapped()) + ", expected " + entry.at(1).dump() + "\n";
  }
  for (const auto& [name, tensor] : own) differences += "unexpected " + name + "\n";
  return differences;
}

int64_t parameter_count(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

std::string Golden::not_compared() const {
  std::string left;
  for (const std::string list : {"outputs", "gradients"}) {
    if (!case_.contains(list)) continue;
    for (const auto& record : case_.at(list)) {
      const auto name = list + "/" + record.at("name").get<std::string>();
      if (!compared_.count(name)) left += (left.empty() ? "" : ", ") + name;
    }
  }
  return left;
}

}  // namespace bgraph::testing
