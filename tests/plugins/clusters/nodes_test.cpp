#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;

namespace {

Voxels voxels_of(int64_t count) {
  Voxels voxels;
  voxels.subject = std::get<0>(at::arange(count, at::kLong).remainder(2).sort());
  voxels.position = Rng(1, "test", "position", 0, 0).normal({count, 3}) * 10;
  voxels.hemisphere = at::arange(count, at::kLong).remainder(3).eq(0).to(at::kLong);  // a third on the right
  voxels.position.select(1, 0).add_(100 * (voxels.hemisphere * 2 - 1));
  voxels.roi = at::full({count}, -1, at::kLong);
  voxels.parcel = at::full({count}, -1, at::kLong);
  voxels.ncsnr = at::ones({count});
  voxels.subjects = {"subj1", "subj2"};
  return voxels;
}

/// Rows of three directions, of any length, with a little noise; voxel i has direction i mod 3.
VoxelTable three_directions(int64_t count) {
  Rng rng(2, "test", "rows", 0, 0);
  const auto direction = at::eye(5).slice(0, 0, 3).index_select(0, at::arange(count, at::kLong).remainder(3));
  return {(direction + 0.05 * rng.normal({count, 5})) * (0.1 + rng.uniform({count, 1})), "digest"};
}

Tensor types(const at::Tensor& type) { return {type, {"V"}}; }

double cell(const Table& table, const std::string& column) { return std::get<double>(table.rows.at(0).cells.at(column)); }

}  // namespace

TEST_CASE("directions of voxel rows become clusters, their lengths do not matter", "[clusters][gmm]") {
  const auto method = GENERATE(as<std::string>(), "clusters.gmm", "clusters.kmeans");
  auto table = three_directions(90);
  table.rows[7].zero_();
  testing::NodeRun run(method);
  const auto v2c = run.set("k", 3).in("table", table).run().out<ClusterMap>("v2c");
  CHECK(v2c.cluster[7].item<int64_t>() == -1);
  CHECK(v2c.centres.sizes() == at::IntArrayRef({3, 5}));

  testing::NodeRun score("clusters.score");
  score.in("v2c", v2c).in("voxels", voxels_of(90)).in("types", types(at::arange(90, at::kLong).remainder(3))).run();
  CHECK(cell(score.out<Table>("scores"), "ami") == Approx(1.0));
  CHECK(cell(score.out<Table>("scores"), "voxels") == 89);
  CHECK(cell(score.out<Table>("scores"), "subject_entropy") > 0.99);

  CHECK(run.run().out<ClusterMap>("v2c").cluster.equal(v2c.cluster));
}

TEST_CASE("few rows per dimension get diagonal covariances and a warning", "[clusters][gmm]") {
  testing::NodeRun run("clusters.gmm");
  run.set("k", 8).in("table", three_directions(90)).run();
  REQUIRE_FALSE(run.warnings().empty());
  CHECK(run.warnings()[0] == "11 rows per cluster are few for a full covariance of 5 dimensions: the diagonal is used");
  CHECK_THROWS_WITH(run.set("k", 91).run(), Catch::Matchers::ContainsSubstring("91 clusters of 90 voxels"));
}

TEST_CASE("anatomical clusters stay within a hemisphere and share K by its voxels", "[clusters][xyz]") {
  auto voxels = voxels_of(90);
  voxels.position[4][1] = std::nan("");
  testing::NodeRun run("clusters.xyz");
  const auto v2c = run.set("k", 6).in("voxels", voxels).run().out<ClusterMap>("v2c");
  CHECK(v2c.clusters() == 6);
  CHECK(v2c.cluster[4].item<int64_t>() == -1);
  const auto left = v2c.cluster.masked_select(voxels.hemisphere.eq(0)), right = v2c.cluster.masked_select(voxels.hemisphere.eq(1));
  CHECK(left.max().item<int64_t>() == 3);  // 59 of 89 voxels: four of the six
  CHECK(right.min().item<int64_t>() == 4);
  CHECK(run.warnings().back() == "1 voxels without a position are in no cluster");
}

TEST_CASE("anatomical clusters by k-means put every voxel to the nearest centre of its hemisphere", "[clusters][xyz]") {
  const auto voxels = voxels_of(90);
  testing::NodeRun run("clusters.xyz");
  const auto v2c = run.set("k", 6).set("method", "kmeans").in("voxels", voxels).run().out<ClusterMap>("v2c");
  const auto distance = at::cdist(voxels.position, v2c.centres);  // [V, K]
  const int64_t of_left = v2c.cluster.masked_select(voxels.hemisphere.eq(0)).max().item<int64_t>() + 1;
  for (int64_t v = 0; v < voxels.size(); ++v) {
    const bool left = voxels.hemisphere[v].item<int64_t>() == 0;
    const auto own = left ? distance[v].slice(0, 0, of_left) : distance[v].slice(0, of_left);
    CHECK(v2c.cluster[v].item<int64_t>() == own.argmin().item<int64_t>() + (left ? 0 : of_left));
  }
}

TEST_CASE("parcels are numbered without gaps, and what is outside is one more cluster", "[clusters][parcels]") {
  auto voxels = voxels_of(6);
  voxels.parcel = at::tensor({9, -1, 2, 9, -1, 4}, at::kLong);
  testing::NodeRun run("clusters.parcels");
  const auto v2c = run.in("voxels", voxels).run().out<ClusterMap>("v2c");
  CHECK(v2c.cluster.equal(at::tensor({2, 3, 0, 2, 3, 1}, at::kLong)));
  CHECK(v2c.clusters() == 4);
  testing::NodeRun bare("clusters.parcels");
  CHECK_THROWS_WITH(bare.in("voxels", voxels_of(5)).run(), Catch::Matchers::ContainsSubstring("no voxel lies in a parcel"));
}

TEST_CASE("a precomputed map is read as labels or as padded lists", "[clusters][precomputed]") {
  const auto read = [](const at::Tensor& map, int64_t count) {
    testing::NodeRun run("clusters.precomputed");
    return run.in("map", Tensor(map)).in("voxels", voxels_of(count)).run().out<ClusterMap>("v2c");
  };
  const auto labels = at::tensor({1, -1, 0, 1}, at::kLong);
  CHECK(read(labels, 4).cluster.equal(labels));
  const auto lists = at::tensor({2, -1, -1, -1, 0, 3}, at::kLong).view({3, 2});
  CHECK(read(lists, 4).cluster.equal(at::tensor({2, -1, 0, 2}, at::kLong)));
  CHECK(read(lists, 4).clusters() == 3);
  CHECK_THROWS_WITH(read(lists, 3), Catch::Matchers::ContainsSubstring("voxel 3"));
  CHECK_THROWS_WITH(read(at::tensor({0, 1, 1, 2}, at::kLong).view({2, 2}), 4),
                    Catch::Matchers::ContainsSubstring("voxel 1 stands in two"));
  CHECK_THROWS_AS(read(labels, 5), ShapeError);
}

TEST_CASE("the published padded form gives its labels back", "[clusters][precomputed][data]") {
  const auto golden = testing::Golden::open("training");
  if (!golden) return;
  const auto label = golden->integers("input.v2c.label");
  at::Tensor lists;
  for (const auto& record : (*golden)["outputs"])
    if (record.at("name") == "v2c.mapping") {
      std::vector<int64_t> flat;
      for (const auto& row : record.at("values"))
        for (const auto& voxel : row) flat.push_back(voxel.get<int64_t>());
      lists = at::tensor(flat, at::kLong).view(record.at("shape").get<std::vector<int64_t>>());
    }
  testing::NodeRun run("clusters.precomputed");
  run.in("map", Tensor(lists)).in("voxels", voxels_of(label.numel())).run();
  CHECK(run.out<ClusterMap>("v2c").cluster.equal(label.masked_fill(label.eq(2), 4)));
}

TEST_CASE("new voxels join the cluster of the training voxel they are most like", "[clusters][nearest][data]") {
  const auto golden = testing::Golden::open("training");
  if (!golden) return;
  const auto label = golden->integers("input.v2c.label");
  const ClusterMap known{label.masked_fill(label.eq(2), 4), at::zeros({9, 6}), "gmm"};
  testing::NodeRun run("clusters.nearest");
  run.in("table", VoxelTable{golden->input("input.v2c.new_embed"), "new"});
  run.in("reference", VoxelTable{golden->input("input.v2c.embed"), "known"}).in("reference_v2c", known).run();
  CHECK(golden->output_difference("v2c.nearest_training_voxel", run.out<Tensor>("neighbour")) == "");
  CHECK(golden->output_difference("v2c.transferred_label", run.out<ClusterMap>("v2c").cluster) == "");
}

TEST_CASE("a voxel without a row joins no cluster and is nobody's neighbour", "[clusters][nearest]") {
  auto known = three_directions(12), fresh = three_directions(5);
  known.rows[1].zero_();
  fresh.rows[3].fill_(std::nan(""));
  testing::NodeRun run("clusters.nearest");
  run.in("table", fresh).in("reference", known);
  run.in("reference_v2c", ClusterMap{at::arange(12, at::kLong).remainder(3), at::zeros({3, 5}), "gmm"}).run();
  CHECK(run.out<ClusterMap>("v2c").cluster.equal(at::tensor({0, 1, 2, -1, 1}, at::kLong)));
  const auto neighbour = run.out<Tensor>("neighbour");
  CHECK(neighbour[3].item<int64_t>() == -1);
  CHECK(neighbour.eq(1).sum().item<int64_t>() == 0);
}
