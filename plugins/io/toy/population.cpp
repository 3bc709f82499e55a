#include "toy/population.h"

#include "toy/figures.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bgraph::toy {

namespace {

enum class Kind { unresponsive, gabor, colour, category, scene };

constexpr double kShares[5][4] = {
    {0, 0, 0, 0}, {0.85, 0.15, 0, 0}, {0.15, 0.85, 0, 0}, {0.10, 0.05, 0.70, 0.15}, {0.20, 0.10, 0, 0.70}};

/// Chances of gabor, colour, category, scene among the responsive voxels, and of being responsive.
struct Mixture {
  double gabor, colour, category, scene, responsive;
};

Mixture mixture_of(Family family) {
  switch (family) {
    case Family::early: return {0.68, 0.28, 0, 0.04, 0.94};
    case Family::ventral: return {0.35, 0.50, 0.10, 0.05, 0.92};
    case Family::places: return {0.10, 0.05, 0.55, 0.30, 0.90};
    case Family::unnamed: return {0.35, 0.10, 0.20, 0.35, 0.60};
    default: return {0.10, 0.05, 0.75, 0.10, 0.90};
  }
}

Kind draw_kind(Rng& rng, Family family) {
  const Mixture chance = mixture_of(family);
  const bool responsive = rng.uniform() < chance.responsive;
  double at = rng.uniform();
  if (!responsive) return Kind::unresponsive;
  if ((at -= chance.gabor) < 0) return Kind::gabor;
  if ((at -= chance.colour) < 0) return Kind::colour;
  if ((at -= chance.category) < 0) return Kind::category;
  return Kind::scene;
}

// Rows: faces, bodies, places, words, objects. Columns: face person animal bird tree flower house boat car sign.
constexpr double kPreference[5][kCategories] = {{1.0, 0.5, 0.4, 0.3, 0.0, 0.1, 0.0, 0.0, 0.1, 0.1},
                                                {0.4, 1.0, 0.8, 0.6, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0},
                                                {0.0, 0.1, 0.0, 0.0, 0.7, 0.2, 1.0, 0.5, 0.4, 0.2},
                                                {0.2, 0.1, 0.0, 0.0, 0.0, 0.1, 0.1, 0.1, 0.2, 1.0},
                                                {0.1, 0.1, 0.3, 0.3, 0.3, 0.7, 0.2, 0.9, 1.0, 0.5}};

int64_t preference_row(Family family, Rng& rng) {
  switch (family) {
    case Family::faces: return 0;
    case Family::bodies: return 1;
    case Family::places: return 2;
    case Family::words: return 3;
    case Family::objects: return 4;
    default: return rng.integer(5);
  }
}

/// Mass of a pRF in each cell of a square grid over the field, row-major from the upper left.
std::vector<float> prf_on(int64_t grid, const double x, const double y, const double sigma) {
  const double cell = kFieldDeg / static_cast<double>(grid);
  const auto mass = [&](double centre, int64_t i) {  // of the 1-D Gaussian between the cell's edges
    const double low = -kFieldDeg / 2 + cell * static_cast<double>(i) - centre;
    return 0.5 * (std::erf((low + cell) / (sigma * std::numbers::sqrt2)) - std::erf(low / (sigma * std::numbers::sqrt2)));
  };
  std::vector<float> cells;
  for (int64_t row = 0; row < grid; ++row)
    for (int64_t column = 0; column < grid; ++column)
      cells.push_back(static_cast<float>(mass(x, column) * mass(-y, row)));
  return cells;
}

struct PrfCentre {
  double x, y, sigma;
};

PrfCentre draw_prf(Rng& rng, const Place& place, bool left_hemisphere) {
  // Scatter about the map: a tenth of the receptive field (Dumoulin & Wandell 2008 find small scatter).
  const double x = std::max(0.05, place.eccentricity * std::cos(place.angle) + 0.1 * place.sigma * rng.normal());
  const double y = place.eccentricity * std::sin(place.angle) + 0.1 * place.sigma * rng.normal();
  return {left_hemisphere ? x : -x, y, place.sigma * std::exp(0.15 * rng.normal())};
}

/// Writes the weights of one voxel into its column.
class Column {
 public:
  Column(at::Tensor& weights, int64_t voxel)
      : data_(weights.data_ptr<float>() + voxel), stride_(weights.size(1)) {}
  void add(const std::vector<float>& cells, double weight) {
    for (const float cell : cells) *data_ = static_cast<float>(weight) * cell, data_ += stride_;
  }

 private:
  float* data_;
  int64_t stride_;
};

void tune_energy(Rng& rng, Column column, const PrfCentre& prf) {
  const double eccentricity = std::hypot(prf.x, prf.y);
  const double radial = std::atan2(-prf.y, prf.x);  // image rows run downwards
  const double preferred = radial + 0.6 * rng.normal();
  const double sharpness = 0.5 + 2 * rng.uniform();
  const double scale = 2 * (1 - std::exp(-eccentricity / 3)) + 0.35 * rng.normal();
  for (int64_t s = 0; s < kScales; ++s) {
    const auto cells = prf_on(kEnergyGrid[s], prf.x, prf.y, prf.sigma);
    const double away = (static_cast<double>(s) - scale) / 0.6;
    for (int64_t o = 0; o < kOrientations; ++o) {
      const double turn = std::numbers::pi * static_cast<double>(o) / kOrientations - preferred;
      column.add(cells, std::exp(sharpness * (std::cos(2 * turn) - 1) - 0.5 * away * away));
    }
  }
}

/// Gabor voxels see luminance, colour voxels mostly one of the two opponent axes.
void tune_opponent(Rng& rng, Column column, const PrfCentre& prf, Kind kind) {
  double axis[kOpponents];
  for (double& weight : axis) weight = 0.35 * rng.normal();
  axis[kind == Kind::colour ? rng.integer(kOpponents) : 0] += rng.uniform() < 0.5 ? -1 : 1;
  const auto cells = prf_on(kOpponentGrid, prf.x, prf.y, prf.sigma);
  for (const double weight : axis) column.add(cells, weight);
}

void tune_objects(Rng& rng, Column column, const PrfCentre& prf, int64_t row, int64_t categories) {
  const auto cells = prf_on(kObjectGrid, prf.x, prf.y, prf.sigma);
  for (int64_t c = 0; c < categories; ++c) {
    // Categories of foreign images have no names here: every fifth one is preferred by the same family.
    const double mean = categories == kCategories ? kPreference[row][c] : (c % 5 == row ? 1.0 : 0.1);
    column.add(cells, mean + 0.12 * rng.normal());
  }
}

int64_t tune_statistics(Rng& rng, Column column) {
  const int64_t main = rng.integer(kStatistics);
  const double sign = rng.uniform() < 0.5 ? -1 : 1;
  for (int64_t i = 0; i < kStatistics; ++i) column.add({1.0F}, (i == main ? sign : 0) + 0.25 * rng.normal());
  return main;
}

constexpr const char* kFamilies[5] = {"faces", "bodies", "places", "words", "objects"};
constexpr const char* kStatisticNames[kStatistics] = {"luminance", "contrast",       "horizon",
                                                      "spectral slope", "colourfulness", "openness"};

int64_t quadrant(const PrfCentre& prf) { return (prf.x > 0 ? 2 : 0) + (prf.y > 0 ? 0 : 1); }

}  // namespace

std::vector<std::string> type_names() {
  std::vector<std::string> names = {"unresponsive"};
  for (const char* kind : {"gabor", "colour"})
    for (const char* where : {"left upper", "left lower", "right upper", "right lower"})
      names.push_back(std::string(kind) + " " + where);
  for (const char* family : kFamilies) names.push_back(std::string("category ") + family);
  for (const char* statistic : kStatisticNames) names.push_back(std::string("scene ") + statistic);
  return names;
}

Population make_population(Rng& rng, const Anatomy& anatomy, int64_t categories, double snr, double most) {
  const int64_t voxels = anatomy.voxels();
  int64_t cells = 0;
  for (const int64_t grid : kEnergyGrid) cells += kOrientations * grid * grid;
  const auto longs = at::TensorOptions().dtype(at::kLong);
  Population population{at::zeros({cells, voxels}),
                        at::zeros({kOpponents * kOpponentGrid * kOpponentGrid, voxels}),
                        at::zeros({categories * kObjectGrid * kObjectGrid, voxels}),
                        at::zeros({kStatistics, voxels}),
                        at::zeros({voxels, 4}),
                        at::zeros({voxels, 3}),
                        at::zeros({voxels}, longs),
                        at::zeros({voxels})};
  const int64_t* side = anatomy.hemisphere.data_ptr<int64_t>();
  for (int64_t v = 0; v < voxels; ++v) {
    const Place& place = anatomy.places[static_cast<size_t>(v)];
    const PrfCentre prf = draw_prf(rng, place, side[v] == 0);
    Kind kind = draw_kind(rng, place.family);
    const auto inside = prf_on(1, prf.x, prf.y, prf.sigma);
    if (inside[0] < 0.02F) kind = Kind::unresponsive;
    const int64_t row = preference_row(place.family, rng);
    tune_energy(rng, Column(population.energy, v), prf);
    tune_opponent(rng, Column(population.opponent, v), prf, kind);
    tune_objects(rng, Column(population.objects, v), prf, row, categories);
    const int64_t statistic = tune_statistics(rng, Column(population.statistics, v));
    const int64_t types[5] = {0, 1 + quadrant(prf), 5 + quadrant(prf), 9 + row, 14 + statistic};
    population.type.data_ptr<int64_t>()[v] = types[static_cast<size_t>(kind)];
    std::copy_n(kShares[static_cast<size_t>(kind)], 4, population.share.data_ptr<float>() + 4 * v);
    float* field = population.prf.data_ptr<float>() + 3 * v;
    field[0] = static_cast<float>(prf.x), field[1] = static_cast<float>(prf.y), field[2] = static_cast<float>(prf.sigma);
    const double spread = std::exp(0.55 * rng.normal()) * (place.family == Family::unnamed ? 0.6 : 1.0);
    if (kind != Kind::unresponsive)
      population.ncsnr.data_ptr<float>()[v] = static_cast<float>(std::min(most, snr * spread));
  }
  return population;
}

namespace {

/// Mean 0 and sd 1 of every column over the first `reference` rows; columns that do not vary become 0.
at::Tensor standardised(const at::Tensor& columns, int64_t reference) {
  const at::Tensor known = columns.slice(0, 0, reference);
  const at::Tensor mean = known.mean(0), sd = known.std(0, false);
  return (columns - mean) * (1 / sd).masked_fill(sd < 1e-6, 0);
}

/// drive [N, F] times weights [F, V], as a 1 x 1 convolution: oneDNN's product, ten times the speed of a plain BLAS.
at::Tensor driven(const at::Tensor& features, const at::Tensor& weights) {
  const at::Tensor pixels = features.unsqueeze(2).unsqueeze(3), filters = weights.t().contiguous().unsqueeze(2).unsqueeze(3);
  return at::conv2d(pixels, filters).flatten(1);  // [N, V]
}

}  // namespace

at::Tensor respond(const Population& population, const Stimulus& stimulus, int64_t reference, double exponent) {
  const auto part = [&](const at::Tensor& drive, int64_t index) {
    const at::Tensor response = standardised(drive.sign() * drive.abs().pow(exponent), reference);
    return response * population.share.select(1, index).sqrt();  // [N, V]
  };
  const at::Tensor signal =
      part(driven(stimulus.energy, population.energy), 0) + part(driven(stimulus.opponent, population.opponent), 1) +
      part(driven(stimulus.objects, population.objects), 2) +
      part(standardised(stimulus.statistics, reference).matmul(population.statistics), 3);
  return standardised(signal, reference);
}

}  // namespace bgraph::toy
