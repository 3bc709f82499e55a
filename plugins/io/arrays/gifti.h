// GIFTI (.gii): arrays in XML, as numbers in text, base64, base64 of zlib, or in a file beside.
//
// Column-major arrays are turned round. External data are looked for beside the file alone. Source: GIFTI format 1.0, NITRC.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph::io {

struct Gifti {
  struct Array {
    std::string intent;  // "NIFTI_INTENT_POINTSET", ...
    at::Tensor data;
  };
  std::vector<Array> arrays;
  std::map<int64_t, std::string> labels;  // key -> name
};

Gifti read_gifti(const std::string& path);

}  // namespace bgraph::io
