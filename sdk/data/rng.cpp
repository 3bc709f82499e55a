#include <bgraph/sdk/data/rng.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/row_share.h>

#include <ATen/ops/empty.h>

#include <cmath>
#include <numbers>
#include <utility>

namespace bgraph {

namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;

/// draw(shape), or inside a RowScope its rows of the draw for the whole batch.
template <class Draw>
at::Tensor own_rows(at::IntArrayRef shape, Draw draw) {
  const RowShare rows = RowScope::rows(shape.empty() ? 1 : shape[0]);
  if (rows.whole()) return draw(shape);
  if (shape.empty()) throw Error("a single number has no rows to be shared: draw it before the RowScope");
  auto all = shape.vec();
  all[0] = rows.total;
  return draw(all).narrow(0, rows.begin, rows.count);
}

template <class T, class Draw>
at::Tensor filled(at::IntArrayRef shape, at::ScalarType type, Draw draw) {
  return own_rows(shape, [&](at::IntArrayRef all) {
    at::Tensor tensor = at::empty(all, at::TensorOptions().dtype(type));
    T* data = tensor.data_ptr<T>();
    for (int64_t i = 0, n = tensor.numel(); i < n; ++i) data[i] = draw();
    return tensor;
  });
}

}  // namespace

uint64_t splitmix64(uint64_t x) {
  uint64_t z = x + kGolden;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

uint64_t fnv1a64(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001B3;
  return hash;
}

Rng::Rng(int64_t seed, std::string_view stream, std::string_view purpose, int64_t epoch, int64_t index)
    : key_(splitmix64(static_cast<uint64_t>(seed))) {
  for (const uint64_t part : {fnv1a64(stream), fnv1a64(purpose), static_cast<uint64_t>(epoch),
                              static_cast<uint64_t>(index)})
    key_ = splitmix64(key_ ^ part);
}

uint64_t Rng::bits() { return splitmix64(key_ + kGolden * drawn_++); }

double Rng::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));  // 1 - u is in (0, 1]
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

int64_t Rng::integer(int64_t high) {
  if (high <= 0) throw Error("a random integer below " + std::to_string(high) + " does not exist");
  return static_cast<int64_t>((static_cast<unsigned __int128>(bits()) * static_cast<uint64_t>(high)) >> 64);
}

at::Tensor Rng::uniform(at::IntArrayRef shape) {
  return filled<float>(shape, at::kFloat, [&] { return static_cast<float>(bits() >> 40) * 0x1p-24f; });
}

at::Tensor Rng::normal(at::IntArrayRef shape) {
  return own_rows(shape, [&](at::IntArrayRef all) {
    at::Tensor tensor = at::empty(all, at::TensorOptions().dtype(at::kFloat));
    float* data = tensor.data_ptr<float>();
    const int64_t n = tensor.numel();
    for (int64_t i = 0; i < n; i += 2) {  // both halves of each Box-Muller pair
      const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
      const double angle = 2.0 * std::numbers::pi * uniform();
      data[i] = static_cast<float>(radius * std::cos(angle));
      if (i + 1 < n) data[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    return tensor;
  });
}

at::Tensor Rng::integers(int64_t high, at::IntArrayRef shape) {
  return filled<int64_t>(shape, at::kLong, [&] { return integer(high); });
}

at::Tensor Rng::permutation(int64_t n) { return sample(n, n); }

at::Tensor Rng::sample(int64_t n, int64_t k) {
  if (k > n) throw Error("cannot draw " + std::to_string(k) + " of " + std::to_string(n) + " without replacement");
  at::Tensor all = at::empty({n}, at::TensorOptions().dtype(at::kLong));
  int64_t* data = all.data_ptr<int64_t>();
  for (int64_t i = 0; i < n; ++i) data[i] = i;
  for (int64_t i = 0; i < k; ++i) std::swap(data[i], data[i + integer(n - i)]);
  return all.slice(0, 0, k).contiguous();
}

}  // namespace bgraph
