#include "image_rows.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::decoding {

ImageRows::ImageRows(const at::Tensor& ids, std::string port) : port_(std::move(port)) {
  const at::Tensor all = ids.contiguous();
  for (int64_t row = 0; row < all.numel(); ++row)
    if (const int64_t id = all.data_ptr<int64_t>()[row]; !rows_.emplace(id, row).second)
      throw Error("image " + std::to_string(id) + " stands twice in '" + port_ + "'");
}

int64_t ImageRows::row_of(int64_t id, const std::string& subject) const {
  const auto found = rows_.find(id);
  if (found == rows_.end())
    throw Error("image " + std::to_string(id) + ", seen by " + subject + ", is not in '" + port_ + "' (" +
                    std::to_string(rows_.size()) + " images)",
                "give '" + port_ + "' every image that the betas name");
  return found->second;
}

at::Tensor ImageRows::rows_of(const at::Tensor& ids, const std::string& subject) const {
  at::Tensor rows = ids.contiguous().clone();
  int64_t* row = rows.data_ptr<int64_t>();
  for (int64_t i = 0; i < rows.numel(); ++i) row[i] = row_of(row[i], subject);
  return rows;
}

}  // namespace bgraph::decoding
