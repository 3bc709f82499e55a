// Files that are laid out like digit69 but wrong in one way each.
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <matio.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

using namespace bgraph;

namespace {

/// A MATLAB file of 8 + 2 trials and 5 voxels that is removed at the end.
struct MatSet {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("wrong_set_" + std::to_string(getpid()) + ".mat");
  std::map<std::string, at::Tensor> arrays;

  MatSet() {
    Rng rng(5, "wrong_small_sets_test", "responses", 0, 0);
    arrays["fmriTrn"] = rng.normal({8, 5}).to(at::kDouble);
    arrays["fmriTest"] = rng.normal({2, 5}).to(at::kDouble);
    arrays["stimTrn"] = rng.uniform({8, 784}).to(at::kDouble);
    arrays["stimTest"] = rng.uniform({2, 784}).to(at::kDouble);
    arrays["labelTrn"] = at::arange(8).remainder(2).add(1).unsqueeze(1).to(at::kDouble);
    arrays["labelTest"] = at::ones({2, 1}, at::kDouble);
  }
  ~MatSet() { std::filesystem::remove(path); }

  testing::NodeRun read() const {
    mat_t* file = Mat_CreateVer(path.c_str(), nullptr, MAT_FT_MAT5);
    for (const auto& [name, array] : arrays) {
      const at::Tensor columns_first = array.t().contiguous();
      size_t dims[2] = {static_cast<size_t>(array.size(0)), static_cast<size_t>(array.size(1))};
      matvar_t* variable = Mat_VarCreate(name.c_str(), MAT_C_DOUBLE, MAT_T_DOUBLE, 2, dims, columns_first.data_ptr(), 0);
      Mat_VarWrite(file, variable, MAT_COMPRESSION_NONE);
      Mat_VarFree(variable);
    }
    Mat_Close(file);
    testing::NodeRun run("io.digit69");
    run.set("file", path.string()).set("test_rows", {8, 9}).run();
    return run;
  }
};

}  // namespace

TEST_CASE("training and test trials of different voxels are named with file, array and both numbers", "[io][digit69]") {
  MatSet set;
  set.arrays["fmriTest"] = at::ones({2, 6}, at::kDouble);
  CHECK_THROWS_WITH(set.read(), Catch::Matchers::ContainsSubstring(set.path.string() + ": 'fmriTest' is [2, 6], expected [any, 5]"));
}

TEST_CASE("stimuli of another number than the trials are named", "[io][digit69]") {
  MatSet set;
  set.arrays["stimTrn"] = at::ones({7, 784}, at::kDouble);
  CHECK_THROWS_WITH(set.read(), Catch::Matchers::ContainsSubstring("'stimTrn' is [7, 784], expected [8, 784]"));
}

TEST_CASE("NaN columns are counted in a warning and stay NaN", "[io][digit69]") {
  MatSet set;
  set.arrays["fmriTrn"][3][1] = std::nan("");
  set.arrays["fmriTrn"][5][4] = std::nan("");
  const auto run = set.read();
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings()[0], Catch::Matchers::ContainsSubstring(set.path.string() + ": 2 of 5 voxels have NaN responses"));
  CHECK(run.out<Betas>("train").subjects[0].betas.isnan().any(0).sum().item<int64_t>() == 2);
}

TEST_CASE("a trial that stands twice is named with both rows", "[io][digit69]") {
  MatSet set;
  set.arrays["fmriTest"][1].copy_(set.arrays["fmriTrn"][2]);
  const auto run = set.read();
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings()[0], Catch::Matchers::ContainsSubstring("trials 2 and 9 have identical responses"));
}
