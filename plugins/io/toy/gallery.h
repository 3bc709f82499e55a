// Toy images by the range of their ids, and what each range may be used for.
//
//   ids                          split         use
//   1,000,000 ..  1,999,999      validation    shared by all subjects; choices
//   2,000,000 ..  2,999,999      test          shared by all subjects; looked at last
//   3,000,000 ..  3,999,999      external      images without fMRI
//  10,000,000 .. 99,999,999      train         private: subject s (from 0) owns 1,000,000 ids from (10 + s) million
// 100,000,000 ..                 external      training of networks (encoder backbone, targets, judge, prior)
//
// All other ids are free ("" split), for pictures nothing is fitted to or scored on.
#pragma once

#include <bgraph/sdk/values/images.h>

#include <string>

namespace bgraph::toy {

inline constexpr int64_t kRange = 1'000'000;
inline constexpr int64_t kValidation = 1 * kRange, kTest = 2 * kRange, kExternal = 3 * kRange;
inline constexpr int64_t kPrivate = 10 * kRange, kNetworks = 100 * kRange;

struct Gallery {
  Images images;       // uint8, id space "toy" (or "toy-SEED" for a scene seed other than 0)
  at::Tensor regions;  // [N, H, W] uint8: 0 sky, 1 ground, 2 + c a figure of category c
};

/// What an image may be used for: "train", "validation", "test", "external" or "".
std::string split_of(int64_t image_id);

/// Paints `count` images from id `first` on. Errors: a negative id; a range that mixes splits.
Gallery paint_range(int64_t seed, int64_t first, int64_t count, int64_t size);

}  // namespace bgraph::toy
