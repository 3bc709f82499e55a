// io.toy_brains: simulated subjects look at pictures; their betas have a known truth.
//
// Every subject has its own cortex (two hemispheres in mm, mirrored retinotopic maps, category areas, its own warp and
// coverage), its own voxels (Gabor energy, colour, category, scene statistics, unresponsive), correlated noise scaled
// by an ncsnr per voxel, sessions that drift, and z-scoring per session. Subjects see private images (training) and
// shared ones (validation, test). Equations, constants and their sources: datasets/toy/README.md.
//
// Subject s is a function of (seed, stream, s) and its parameters: adding a subject changes no other.
// `voxels.ncsnr` is measured from repeats of training images; with repeats = 1 it is NaN. The outputs voxel_types, prf
// and ncsnr_truth are the truth behind the data (split "truth"): for scoring, refused by every port that fits.
//
// Errors: too few images in a given pool, the same image twice, a session with fewer than two training trials.
//
//   [nodes.brains]
//   type = "io.toy_brains"

#include "toy/deck.h"
#include "toy/noise.h"
#include "toy/population.h"
#include "toy/recording.h"

#include <bgraph/sdk/node.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

namespace bgraph::io {

struct ToyBrainsParams {
  toy::DeckSizes deck;
  std::vector<int64_t> voxels = {820, 740, 880, 640};
  std::vector<double> snr = {0.70, 0.60, 0.65, 0.40};
  int64_t repeats = 3, shared_repeats = 3, sessions = 8, runs = 6;
  int64_t size = 32, scene_seed = 0;
  double exponent = 0.7, warp_mm = 5;
  toy::NoiseMix noise;
  toy::Habits habits;
  std::string stats = "train";

  template <class Visitor>
  void visit(Visitor& field) {
    field("subjects", deck.subjects, between(1, 89), "number of subjects");
    field("voxels", voxels, at_least(2), "voxels of each subject; the list is used again from its start if too short");
    field("snr", snr, at_least(0), "median ncsnr of each subject's responsive voxels; list as `voxels`");
    field("images", deck.images, at_least(2), "private training images per subject");
    field("validation", deck.validation, at_least(1), "validation images, shared by all subjects");
    field("test", deck.test, at_least(1), "test images, shared by all subjects");
    field("external", deck.external, at_least(1), "images without fMRI");
    field("repeats", repeats, at_least(1), "presentations of each private image");
    field("shared_repeats", shared_repeats, at_least(1), "presentations of each validation and test image");
    field("sessions", sessions, at_least(1), "scan sessions per subject");
    field("runs", runs, at_least(1), "runs per session");
    field("size", size, at_least(16), "height and width of the painted scenes, pixels");
    field("scene_seed", scene_seed, at_least(0), "world of the painted scenes (io.toy_images, `seed`)");
    field("exponent", exponent, above(0), "compressive spatial summation; 1 = linear");
    field("warp_mm", warp_mm, at_least(0), "how far areas move between subjects: rms per axis, mm");
    field("global_noise", noise.global, between(0, 1), "share of noise variance common to all voxels");
    field("low_rank_noise", noise.low_rank, between(0, 1), "share of noise variance in a few time courses");
    field("spatial_noise", noise.spatial, between(0, 1), "share of noise variance that is smooth over cortex");
    field("rank", noise.rank, at_least(1), "time courses of the low-rank noise");
    field("spatial_mm", noise.spatial_mm, above(0), "distance at which spatial noise correlates by exp(-1/2), mm");
    field("autocorrelation", noise.autocorrelation, between(0, 0.99), "of the noise, between neighbouring trials of a run");
    field("internal", habits.internal, above(0), "state of the subject along the signal's own directions, per signal sd");
    field("overlap", habits.overlap, between(0, 1), "share of the preceding trial's response left in a beta");
    field("session_drift", habits.session_drift, at_least(0), "step of the session offsets, noise sd; gains vary by a third of it");
    field("representational_drift", habits.representational_drift, between(0, 1), "turn of the tuning from first to last session; 1 = 90 degrees");
    field("adaptation", habits.adaptation, between(0, 1), "response lost with each repeat of an image");
    field("stats", stats, one_of({"train", "all"}), "trials that give the z-score of a session; all is transductive");
  }
};

class ToyBrains final : public Node {
 public:
  explicit ToyBrains(ToyBrainsParams params) : params_(params) { draws_numbers(); }

  In<Images> pool{this, "images", "pictures to show instead of painted scenes; their category steers category voxels", kOptional};
  Out<Betas> train{this, "train", "single trials of private images, z per session", "train"};
  Out<Betas> validation{this, "validation", "single trials of the validation images, z per session", "validation"};
  Out<Betas> test{this, "test", "single trials of the test images, z per session", "test"};
  Out<Images> train_images{this, "train_images", "private images, subject after subject", "train"};
  Out<Images> validation_images{this, "validation_images", "shared images for choices", "validation"};
  Out<Images> test_images{this, "test_images", "shared images looked at last", "test"};
  Out<Images> external_images{this, "external_images", "images without fMRI", "external"};
  Out<Voxels> voxels{this, "voxels", "place, ROI, parcel and measured ncsnr of every voxel"};
  Out<Tensor> voxel_types{this, "voxel_types", {"V"}, at::kLong, "true kind of every voxel (datasets/toy/README.md)", "truth"};
  Out<Tensor> prf{this, "prf", {"V", "3"}, at::kFloat, "true receptive field: x right, y up, sigma; deg", "truth"};
  Out<Tensor> ncsnr_truth{this, "ncsnr_truth", {"V"}, at::kFloat, "true signal sd / noise sd, unitless", "truth"};

  void run(Context& ctx) override {
    const toy::Deck deck = deal(ctx);
    const toy::Stimulus shared = toy::join(see(deck.validation, deck), see(deck.test, deck));
    for (int64_t s = 0; s < params_.deck.subjects; ++s) {
      ctx.stop_if_cancelled();
      ctx.progress(s, params_.deck.subjects, "subject " + name_of(s));
      add_subject(ctx, s, deck, shared);
    }
    publish(deck);
  }

 private:
  static std::string name_of(int64_t s) { return "toy" + std::string(s < 9 ? "0" : "") + std::to_string(s + 1); }

  toy::Deck deal(Context& ctx) const {
    if (params_.stats == "all") ctx.warn("betas are z-scored with statistics of all trials: transductive");
    if (!pool.given()) return toy::paint_deck(params_.deck, params_.scene_seed, params_.size);
    Rng rng = ctx.rng("pool");
    if (pool->category.max().item<int64_t>() < 0)
      ctx.warn("the images have no category: category voxels see statistics of the scene alone");
    return toy::deal_deck(params_.deck, *pool, rng);
  }

  static toy::Stimulus see(const toy::Gallery& gallery, const toy::Deck& deck) {
    return toy::see(gallery.images.pixels, gallery.images.category, gallery.regions, deck.categories);
  }

  void add_subject(Context& ctx, int64_t s, const toy::Deck& deck, const toy::Stimulus& shared) {
    Rng cortex = ctx.rng("anatomy", 0, s), tuning = ctx.rng("tuning", 0, s), order = ctx.rng("schedule", 0, s),
        scanner = ctx.rng("noise", 0, s), sessions = ctx.rng("sessions", 0, s);
    const toy::Anatomy anatomy = toy::grow_anatomy(cortex, entry(params_.voxels, s, "voxels"), params_.warp_mm);
    const double snr = entry(params_.snr, s, "snr");
    const auto people = [&] { return toy::make_population(tuning, anatomy, deck.categories, snr, 1 / params_.habits.internal); };
    const toy::Population population = people();

    const toy::Stimulus seen = toy::join(see(deck.train[static_cast<size_t>(s)], deck), shared);
    const int64_t own = params_.deck.images;
    const at::Tensor signal = toy::respond(population, seen, own, params_.exponent);  // [I, V]
    at::Tensor drifted = signal;
    if (params_.habits.representational_drift > 0)
      drifted = toy::respond(people(), seen, own, params_.exponent);

    const auto schedule =
        toy::make_schedule(order, own, params_.repeats, params_.deck.validation + params_.deck.test,
                           params_.shared_repeats, params_.sessions, params_.runs);
    const at::Tensor noise = toy::draw_noise(scanner, anatomy.position, anatomy.hemisphere, schedule.run, params_.noise);
    at::Tensor betas = toy::record(sessions, schedule, signal, own, drifted, population.ncsnr, noise, params_.habits);
    const at::Tensor is_train = schedule.image.lt(own);
    toy::zscore_per_session(betas, schedule.session, params_.stats == "all" ? schedule.image.ge(0) : is_train);
    subjects_.push_back({anatomy, population, schedule, betas});
  }

  /// Entry of subject s in a list that starts again when it ends.
  template <class T>
  static T entry(const std::vector<T>& list, int64_t s, const char* name) {
    if (list.empty()) throw Error(std::string("parameter '") + name + "' is an empty list", "give one number per subject");
    return list[static_cast<size_t>(s) % list.size()];
  }

  struct Subject {
    toy::Anatomy anatomy;
    toy::Population population;
    toy::Schedule schedule;
    at::Tensor betas;  // [T, V]
  };

  /// Trials of the images first .. last (in the schedule's numbering), in order of presentation.
  Betas trials_of(const toy::Deck& deck, const std::string& split, int64_t first, int64_t last) const {
    Betas betas;
    betas.split = split, betas.id_space = deck.test.images.id_space;
    int64_t first_voxel = 0;
    for (size_t s = 0; s < subjects_.size(); ++s) {
      const auto& [anatomy, population, schedule, values] = subjects_[s];
      const at::Tensor ids = at::cat({deck.train[s].images.image_id, deck.validation.images.image_id, deck.test.images.image_id});
      const at::Tensor rows = schedule.image.ge(first).logical_and(schedule.image.lt(last)).nonzero().squeeze(1);
      const SubjectBetas all{name_of(static_cast<int64_t>(s)), first_voxel, values, ids.index_select(0, schedule.image),
                             schedule.repeat, schedule.session};
      betas.subjects.push_back(all.select(rows));
      first_voxel += values.size(1);
    }
    return betas;
  }

  void publish(const toy::Deck& deck) {
    const int64_t own = params_.deck.images, shared = own + params_.deck.validation;
    train = trials_of(deck, "train", 0, own);
    validation = trials_of(deck, "validation", own, shared);
    test = trials_of(deck, "test", shared, shared + params_.deck.test);
    train_images = toy::joined_train(deck);
    validation_images = deck.validation.images, test_images = deck.test.images, external_images = deck.external.images;
    publish_voxels(own);
  }

  void publish_voxels(int64_t own) {
    Voxels all{.parcel_names = toy::parcel_names(), .space = "toy-sheet"};
    all.roi_names.assign(toy::kRoiNames.begin(), toy::kRoiNames.end());
    std::vector<at::Tensor> subject, position, hemisphere, roi, parcel, measured, type, field, truth;
    for (size_t s = 0; s < subjects_.size(); ++s) {
      const auto& [anatomy, population, schedule, betas] = subjects_[s];
      const at::Tensor rows = schedule.image.lt(own).nonzero().squeeze(1);
      all.subjects.push_back(name_of(static_cast<int64_t>(s)));
      subject.push_back(at::full_like(anatomy.roi, static_cast<int64_t>(s)));
      position.push_back(anatomy.position), hemisphere.push_back(anatomy.hemisphere);
      roi.push_back(anatomy.roi), parcel.push_back(anatomy.parcel);
      measured.push_back(toy::ncsnr_from_repeats(betas.index_select(0, rows), schedule.image.index_select(0, rows)));
      type.push_back(population.type), field.push_back(population.prf), truth.push_back(population.ncsnr);
    }
    all.subject = at::cat(subject), all.position = at::cat(position), all.hemisphere = at::cat(hemisphere);
    all.roi = at::cat(roi), all.parcel = at::cat(parcel), all.ncsnr = at::cat(measured);
    voxels = all;
    voxel_types = Tensor(at::cat(type), {"V"});
    prf = Tensor(at::cat(field), {"V", "3"}, "deg");
    const at::Tensor s = at::cat(truth);
    ncsnr_truth = Tensor(s / (1 + (params_.habits.overlap * s).square()).sqrt(), {"V"});
    subjects_.clear();
  }

  ToyBrainsParams params_;
  std::vector<Subject> subjects_;
};

BGRAPH_NODE(ToyBrains, "io.toy_brains")

}  // namespace bgraph::io
