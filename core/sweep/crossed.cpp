#include <bgraph/core/sweep/crossed.h>

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>

namespace bgraph::sweep {

namespace {

constexpr double kLevel = 0.975;  // two-sided 95 %

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double squares_about(const std::vector<double>& values, double centre) {
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return sum;
}

/// A sum of squares over its degrees of freedom; 0 where there are none.
double mean_square(double squares, double freedom) { return freedom > 0 ? squares / freedom : 0; }

/// What a mean square adds to Satterthwaite's denominator.
double share(double mean_square, double freedom) { return freedom > 0 ? mean_square * mean_square / freedom : 0; }

}  // namespace

Estimate crossed_mean(const std::vector<std::vector<double>>& differences) {
  const auto images = static_cast<double>(differences.size()), brains = static_cast<double>(differences[0].size());
  std::vector<double> of_image, of_brain(differences[0].size(), 0.0);
  for (const auto& row : differences) {
    of_image.push_back(mean(row));
    for (size_t b = 0; b < row.size(); ++b) of_brain[b] += row[b] / images;
  }
  Estimate found{mean(of_image), std::nullopt};
  if (images * brains < 2) return found;

  double rest = 0;
  for (size_t i = 0; i < differences.size(); ++i)
    for (size_t b = 0; b < of_brain.size(); ++b)
      rest += std::pow(differences[i][b] - of_image[i] - of_brain[b] + found.mean, 2);
  const double free_images = images - 1, free_brains = brains - 1, free_rest = free_images * free_brains;
  const double ms_images = mean_square(brains * squares_about(of_image, found.mean), free_images);
  const double ms_brains = mean_square(images * squares_about(of_brain, found.mean), free_brains);
  const double ms_rest = mean_square(rest, free_rest);
  const double spread = std::max({ms_images, ms_brains, ms_images + ms_brains - ms_rest});
  found.half_width = 0;
  if (spread == 0) return found;  // all differences are equal

  const double shares = share(ms_images, free_images) + share(ms_brains, free_brains) + share(ms_rest, free_rest);
  const double freedom = std::max(spread * spread / shares, 1.0);
  const boost::math::students_t distribution(freedom);
  found.half_width = boost::math::quantile(distribution, kLevel) * std::sqrt(spread / (images * brains));
  return found;
}

}  // namespace bgraph::sweep
