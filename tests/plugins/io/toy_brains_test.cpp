// io.toy_brains and io.toy_images as nodes: reproducible, disjoint, labelled.

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

testing::NodeRun small(int64_t subjects = 2) {
  testing::NodeRun run("io.toy_brains");
  run.set("subjects", subjects).set("voxels", {61, 47}).set("images", 50).set("validation", 6).set("test", 8);
  run.set("external", 9).set("sessions", 3).set("runs", 2);
  return run;
}

at::Tensor sorted_ids(const Images& images) { return std::get<0>(images.image_id.sort()); }

}  // namespace

TEST_CASE("the same seed gives the same brains, another seed others", "[io][toy_brains]") {
  auto first = small(), again = small(), other = small();
  other.seed(7);
  const Betas a = first.run().out<Betas>("train"), b = again.run().out<Betas>("train"), c = other.run().out<Betas>("train");
  for (size_t s = 0; s < 2; ++s) {
    REQUIRE(at::equal(a.subjects[s].betas, b.subjects[s].betas));
    REQUIRE_FALSE(at::equal(a.subjects[s].betas, c.subjects[s].betas));
  }
  REQUIRE(at::equal(first.out<Images>("test_images").pixels, other.out<Images>("test_images").pixels));
}

TEST_CASE("a subject is the same whoever else is scanned", "[io][toy_brains]") {
  auto alone = small(1), pair = small(2);
  const Betas one = alone.run().out<Betas>("test"), two = pair.run().out<Betas>("test");
  REQUIRE(at::equal(one.subjects[0].betas, two.subjects[0].betas));
  REQUIRE(two.subjects[1].first_voxel == 61);
  REQUIRE(two.subjects[1].voxels() == 47);
}

TEST_CASE("no toy image is in two splits or two subjects", "[io][toy_brains]") {
  auto run = small();
  run.run();
  const Images all = Images::concat({run.out<Images>("train_images"), run.out<Images>("validation_images"),
                                     run.out<Images>("test_images"), run.out<Images>("external_images")});
  const at::Tensor ids = sorted_ids(all);
  REQUIRE(ids.size(0) == 2 * 50 + 6 + 8 + 9);
  REQUIRE(ids.slice(0, 1).gt(ids.slice(0, 0, -1)).all().item<bool>());
}

TEST_CASE("training trials of every session have mean 0 and sd 1, and every trial an image", "[io][toy_brains]") {
  auto run = small();
  run.run();
  const Betas train = run.out<Betas>("train"), test = run.out<Betas>("test");
  const at::Tensor known = sorted_ids(run.out<Images>("train_images"));
  REQUIRE(train.split == "train");
  REQUIRE(test.split == "test");
  for (const auto& subject : train.subjects) {
    REQUIRE(subject.trials() == 3 * 50);
    for (int64_t session = 0; session < 3; ++session) {
      const at::Tensor here = subject.betas.index_select(0, subject.session.eq(session).nonzero().squeeze(1));
      REQUIRE(here.mean(0).abs().max().item<double>() < 1e-5);
      REQUIRE((here.std(0, false) - 1).abs().max().item<double>() < 1e-4);
    }
    REQUIRE(subject.image_id.unsqueeze(1).eq(known).sum(1).eq(1).all().item<bool>());
  }
  for (const auto& subject : test.subjects) REQUIRE(subject.trials() == 24);
}

TEST_CASE("the truth behind toy brains is labelled, so that no fitting port takes it", "[io][toy_brains]") {
  auto run = small();
  run.run();
  for (const char* output : {"voxel_types", "prf", "ncsnr_truth"})
    REQUIRE(run.output(output).meta.at(kSplit) == "truth");
  InputPort* fits = nullptr;
  struct Fitter final : Node {
    In<Tensor> data{this, "data", "what is fitted", kFits};
    void run(Context&) override {}
  } fitter;
  fits = &fitter.data;
  const StoredValue truth{std::make_shared<const Value>(run.output("voxel_types")), {}};
  REQUIRE_THROWS_WITH(fits->bind({truth}, {}), ContainsSubstring("split 'truth'"));
}

TEST_CASE("z-scoring with all trials is announced as transductive", "[io][toy_brains]") {
  auto run = small(1);
  run.set("stats", "all").run();
  REQUIRE(run.warnings().size() == 1);
  REQUIRE_THAT(run.warnings()[0], ContainsSubstring("transductive"));
}

TEST_CASE("with one repeat the measured ncsnr is not available", "[io][toy_brains]") {
  auto run = small(1);
  run.set("repeats", 1).run();
  REQUIRE(run.out<Voxels>("voxels").ncsnr.isnan().all().item<bool>());
}

TEST_CASE("representational drift weakens the likeness of far sessions", "[io][toy_brains]") {
  auto still = small(1), drifting = small(1);
  const Betas a = still.run().out<Betas>("train"), b = drifting.set("representational_drift", 1).run().out<Betas>("train");
  const auto last = [](const Betas& betas) {
    return betas.subjects[0].betas.index_select(0, betas.subjects[0].session.eq(2).nonzero().squeeze(1));
  };
  REQUIRE_FALSE(at::equal(last(a), last(b)));
}

TEST_CASE("given pictures are dealt to subjects and splits without copies", "[io][toy_brains]") {
  testing::NodeRun scenes("io.toy_images");
  scenes.set("first", 500).set("count", 130).set("size", 40).run();
  const Images pool = scenes.out<Images>("images");
  auto run = small();
  run.in("images", pool).run();
  const Images all = Images::concat({run.out<Images>("train_images"), run.out<Images>("validation_images"),
                                     run.out<Images>("test_images"), run.out<Images>("external_images")});
  const at::Tensor ids = sorted_ids(all);
  REQUIRE(ids.slice(0, 1).gt(ids.slice(0, 0, -1)).all().item<bool>());
  REQUIRE(run.out<Images>("test_images").split == "test");
  REQUIRE(run.out<Betas>("test").id_space == "toy");
  auto hungry = small();
  hungry.set("images", 60).in("images", pool);
  REQUIRE_THROWS_WITH(hungry.run(), ContainsSubstring("holds 130 images, but 143 are needed"));
  auto twice = small();
  twice.in("images", Images::concat({pool, pool.rows(0, 3)}));
  REQUIRE_THROWS_WITH(twice.run(), ContainsSubstring("3 of its images twice"));
}

TEST_CASE("masks of toy images name sky, ground and the category", "[io][toy_images]") {
  testing::NodeRun run("io.toy_images");
  run.set("first", 2'000'000).set("count", 10).run();
  const Tensor masks = run.out<Tensor>("masks");
  const Images images = run.out<Images>("images");
  REQUIRE(images.split == "test");
  REQUIRE(masks.sizes() == at::IntArrayRef({10, 32, 32}));
  REQUIRE(at::equal(masks.flatten(1).amax(1), images.category + 2));
}
