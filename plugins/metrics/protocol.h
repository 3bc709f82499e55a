// An evaluation protocol as data: which scores, how both images are brought to size for each, which network at which
// tap judges. One object, versioned; its definition goes whole into every table it scores.
//
//   {"name": "brainit", "version": 1, "source": "...",
//    "first": {"size": 224, "method": "bilinear"},               both sides, before everything else
//    "steps": [{"score": "two_way_alex2", "measure": "two_way", "network": "alexnet", "tap": "features.4",
//               "size": 256, "method": "bilinear"}, ...]}
//
//   measure                what it gives per reconstruction                                  needs
//   pixcorr                correlation over all pixels and channels
//   ssim, color_ssim       structural similarity of the grey image, or mean over channels
//   two_way                identification among all seen images by correlation of features   network, tap
//   correlation_distance   1 - correlation of features with the own image                    network, tap
//   perceptual_distance    a learned distance (ImageDistance)                                network
//   top1                   chance to be nearest to its own among `ways` seen images          network, tap, ways
//   top1_outside           the same among its own and `ways` - 1 images from outside         network, tap, ways
//
// method: bilinear (as published: no antialias), bilinear_antialias, bicubic_antialias, area, gaussian (sdk/data/resize.h).
// The definitions that ship are in protocols/; a file of one's own is read in the same way.
#pragma once

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/data/resize.h>

#include <string>
#include <vector>

namespace bgraph::metrics {

enum class Measure { pixcorr, ssim, color_ssim, two_way, correlation_distance, perceptual_distance, top1, top1_outside };

struct Step {
  std::string score;    // name of the column
  Measure measure;
  std::string network;  // "" for measures of pixels
  std::string tap;      // "" for measures without features
  Resize resize;
  int64_t ways = 0;     // of the top-1 measures
  Json definition;      // as written

  std::string better() const;     // "higher" or "lower"
  bool reads_features() const { return !tap.empty(); }
};

struct Protocol {
  std::string name;
  int64_t version = 0;
  Resize first;
  std::vector<Step> steps;
  Json definition;  // name, version, first, and the steps by their score
};

/// Error naming the entry that is missing, unknown or of the wrong kind.
Protocol read_protocol(const Json& json);
/// The same of a file.
Protocol read_protocol_file(const std::string& file);
/// One that ships. Error naming those there are.
Protocol published_protocol(const std::string& name);

/// Text of the definitions that ship, by name.
const std::vector<std::pair<std::string, std::string>>& published_definitions();

}  // namespace bgraph::metrics
