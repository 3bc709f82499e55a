// Arrays that stay open from one read to the next.
//
//   OpenArrays files;
//   files.open(ctx, ref)->gather(...);     // compared with its digest and opened the first time, found open from then on
//
// A mapped file holds no descriptor, an HDF5 file one, and the library keeps chunks of some in memory: beyond kMostFiles such
// files, or kMostBytes of such chunks, those that were used longest ago are closed. What a caller still holds stays open until it
// lets go. For several threads at once.
#pragma once

#include <bgraph/sdk/data/array_ref.h>

#include <list>
#include <memory>
#include <mutex>

namespace bgraph {

class Context;

class OpenArrays {
 public:
  static constexpr int64_t kMostFiles = 64;
  static constexpr int64_t kMostBytes = int64_t{1} << 30;

  /// The array. Error if its file is missing, changed or other than recorded.
  std::shared_ptr<const ArrayRows> open(Context& ctx, const ArrayRef& ref);

  int64_t opened() const;  // times that something was opened

 private:
  void close_some();

  struct Kept {
    ArrayRef ref;
    std::shared_ptr<const ArrayRows> array;
  };
  mutable std::mutex mutex_;
  std::list<Kept> recent_;  // used last first
  int64_t opened_ = 0;
};

}  // namespace bgraph
