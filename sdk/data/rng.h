// Counter-based random numbers: a function of (seed, stream, purpose, epoch, index), never of call order
// between nodes, thread count or platform generator. That makes resume, sharding and renaming harmless.
//
//   key     = splitmix64 chain over seed, fnv1a64(stream), fnv1a64(purpose), epoch, index
//   bits(i) = splitmix64(key + i * 0x9E3779B97F4A7C15)        i counts the numbers drawn from this object
//
// Normals are Box-Muller in double, rounded once. Source: Steele et al. 2014 (splitmix64 finaliser).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace bgraph {

class Rng {
 public:
  Rng(int64_t seed, std::string_view stream, std::string_view purpose, int64_t epoch, int64_t index);

  uint64_t bits();
  double uniform();               // in [0, 1), 53 bits
  double normal();                // mean 0, sd 1
  int64_t integer(int64_t high);  // in [0, high)

  at::Tensor uniform(at::IntArrayRef shape);                // float32 in [0, 1)
  at::Tensor normal(at::IntArrayRef shape);                 // float32, mean 0, sd 1
  at::Tensor integers(int64_t high, at::IntArrayRef shape);  // int64 in [0, high)
  at::Tensor permutation(int64_t n);                        // int64 [n]
  at::Tensor sample(int64_t n, int64_t k);                  // int64 [k], without replacement, k <= n

 private:
  uint64_t key_;
  uint64_t drawn_ = 0;
};

uint64_t splitmix64(uint64_t x);
uint64_t fnv1a64(std::string_view text);

}  // namespace bgraph
