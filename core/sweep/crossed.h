// The mean of differences that images and brains share, and how far to trust it.
//
//   d_ib = m + image_i + brain_b + rest_ib           images and brains are both drawn from more of their kind
//   MS_I = B sum_i (d_i. - m)^2 / (I - 1)    MS_B = I sum_b (d_.b - m)^2 / (B - 1)    MS_R: of what both leave
//   var(m) = (MS_I + MS_B - MS_R) / (I B)            not below MS_I / (I B) or MS_B / (I B)
//   interval = m -+ t(.975, df) sqrt(var(m))         df by Satterthwaite
//
// The same images recur in every brain, so I x B differences are not that many facts. With one image or one brain this
// is the t interval of the other's means; a single difference has no interval.
//
// Source: the two-way random-effects table (Cornfield & Tukey 1956), degrees of freedom of Satterthwaite 1946.
#pragma once

#include <optional>
#include <vector>

namespace bgraph::sweep {

struct Estimate {
  double mean = 0;
  std::optional<double> half_width;  // of the 95 % interval
};

/// differences[image][brain], at least one, all rows of one length.
Estimate crossed_mean(const std::vector<std::vector<double>>& differences);

}  // namespace bgraph::sweep
