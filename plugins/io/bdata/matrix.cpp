#include "matrix.h"

#include <bgraph/sdk/data/wrong_file.h>

#include <algorithm>

namespace bgraph::io {

BData::BData(const std::string& path) : path_(path), file_(path) {
  const bool older = file_.holds("dataSet") && !file_.holds("dataset");
  data_ = file_.dataset(older ? "dataSet" : "dataset").read();
  const std::string group = file_.holds("metadata/key") ? "metadata" : "metaData";
  keys_ = file_.dataset(group + "/key").texts();
  values_ = file_.dataset(group + "/value").read().to(at::kDouble);
  if (data_.dim() != 2 || values_.dim() != 2 || values_.size(1) != data_.size(1) || values_.size(0) != static_cast<int64_t>(keys_.size()))
    throw wrong_file(path, "metadata", std::to_string(keys_.size()) + " keys x " + std::to_string(data_.dim() == 2 ? data_.size(1) : 0) + " columns",
                     shape_text(values_.sizes().vec()));
}

bool BData::has(const std::string& key) const { return std::find(keys_.begin(), keys_.end(), key) != keys_.end(); }

at::Tensor BData::row(const std::string& key) const {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) throw Error(printable(path_) + " has no metadata '" + printable(key) + "'", did_you_mean(key, keys_));
  return values_.select(0, found - keys_.begin());
}

at::Tensor BData::variable(const std::string& key) const {
  const at::Tensor index = row(key).eq(1).nonzero().flatten();
  if (index.numel() != 1) throw wrong_file(path_, "columns of '" + printable(key) + "'", "1", std::to_string(index.numel()));
  return data_.select(1, index.item<int64_t>()).to(at::kDouble);
}

}  // namespace bgraph::io
