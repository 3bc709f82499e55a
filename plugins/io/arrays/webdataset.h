// WebDataset archives: a tar whose consecutive files of one stem are the fields of one sample.
//
//   sample000000012.behav.npy, sample000000012.olds_behav.npy   ->   key "sample000000012", fields "behav.npy", "olds_behav.npy"
//
// The stem goes to the first dot of the base name, folders included. Read from front to back, one sample in memory. A field that
// comes twice is an Error. Source: WebDataset, file format.
#pragma once

#include "tar.h"

#include <map>
#include <string>
#include <vector>

namespace bgraph::io {

struct WebSample {
  std::string key;
  std::map<std::string, std::vector<uint8_t>> fields;
};

class Webdataset {
 public:
  /// `most`: bytes of the largest field that is believed.
  Webdataset(const std::string& path, uint64_t most) : path_(path), archive_(path), most_(most) {}

  /// The next sample; false at the end.
  bool next(WebSample& sample);

 private:
  std::string path_;
  TarFile archive_;
  uint64_t most_;
  bool ahead_ = false;  // the archive stands at a file that is not read yet
  bool ended_ = false;
};

}  // namespace bgraph::io
