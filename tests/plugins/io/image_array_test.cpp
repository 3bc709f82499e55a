#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/images.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

struct ArrayFile {
  fs::path path = fs::temp_directory_path() / ("bgraph_array_" + std::to_string(::getpid()) + ".safetensors");
  explicit ArrayFile(const std::map<std::string, at::Tensor>& tensors) { write_safetensors(path, tensors, {}); }
  ~ArrayFile() { fs::remove(path); }

  testing::NodeRun run() const {
    testing::NodeRun run("io.image_array");
    run.set("file", path.string());
    return run;
  }
};

at::Tensor draw(at::IntArrayRef shape) { return Rng(1, "test", "image_array", 0, 0).uniform(shape); }

}  // namespace

TEST_CASE("planes may come first or last", "[io][image_array]") {
  const at::Tensor pixels = draw({2, 3, 5, 7});
  const Images first = ArrayFile({{"images", pixels}}).run().run().out<Images>("images");
  CHECK(first.pixels.equal(pixels));
  CHECK(first.image_id.equal(at::arange(2, at::kLong)));
  const Images last = ArrayFile({{"images", pixels.permute({0, 2, 3, 1}).contiguous()}}).run().run().out<Images>("images");
  CHECK(last.pixels.equal(pixels));
  const at::Tensor bytes = pixels.mul(255).to(at::kByte);
  CHECK(ArrayFile({{"images", bytes}}).run().run().out<Images>("images").pixels.equal(bytes));
}

TEST_CASE("an array that holds no pictures is refused with what it holds", "[io][image_array]") {
  CHECK_THROWS_WITH(ArrayFile({{"x", draw({4, 3, 5})}}).run().run(), ContainsSubstring("found [4, 3, 5]"));
  CHECK_THROWS_WITH(ArrayFile({{"x", 2 * draw({2, 3, 5, 5}) - 1}}).run().run(), ContainsSubstring("are in [0, 1], found -0.9"));
  at::Tensor broken = draw({2, 3, 5, 5});
  broken[1][2][3][4] = std::nan("");
  CHECK_THROWS_WITH(ArrayFile({{"x", broken}}).run().run(), ContainsSubstring("holds NaN"));
  CHECK_THROWS_WITH(ArrayFile({{"x", at::ones({1, 3, 5, 5}, at::kLong)}}).run().run(), ContainsSubstring("found I64"));
}

TEST_CASE("a .npy file is read as NumPy writes it, and one that lies is refused", "[io][image_array]") {
  const fs::path path = fs::temp_directory_path() / ("bgraph_array_" + std::to_string(::getpid()) + ".npy");
  const at::Tensor pixels = draw({2, 3, 4, 5});
  const std::string numbers(static_cast<const char*>(pixels.data_ptr()), pixels.nbytes());
  const auto read = [&](const std::string& descr, const std::string& order, const std::string& shape, const std::string& data) {
    std::string header = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': (" + shape + "), }";
    header += std::string(117 - header.size(), ' ') + "\n";  // 10 + 118 = 128, as NumPy pads
    std::ofstream(path, std::ios::binary) << "\x93NUMPY" << '\1' << '\0' << static_cast<char>(header.size()) << '\0' << header << data;
    testing::NodeRun run("io.image_array");
    return run.set("file", path.string()).run().out<Images>("images").pixels;
  };
  CHECK(read("<f4", "False", "2, 3, 4, 5", numbers).equal(pixels));
  CHECK_THROWS_WITH(read("|O", "False", "2, 3, 4, 5", numbers), ContainsSubstring("Python objects"));
  CHECK(read("<f4", "True", "2, 3, 4, 5", numbers).equal(pixels.reshape({5, 4, 3, 2}).permute({3, 2, 1, 0})));
  CHECK_THROWS_WITH(read("<f4", "False", "2000, 3, 4, 5", numbers), ContainsSubstring("bytes long, expected"));
  CHECK_THROWS_WITH(read("<f4", "False", "999999999999, 999999999999", numbers), ContainsSubstring("array"));
  fs::remove(path);
}

TEST_CASE("of several arrays one must be named", "[io][image_array]") {
  const ArrayFile file({{"recons", draw({2, 3, 5, 5})}, {"seen", draw({2, 3, 6, 6})}});
  CHECK_THROWS_WITH(file.run().run(), ContainsSubstring("2 arrays: 'recons', 'seen'"));
  CHECK(file.run().set("tensor", "seen").run().out<Images>("images").pixels.size(2) == 6);
  CHECK_THROWS_WITH(file.run().set("tensor", "recon").run(), ContainsSubstring("no array 'recon'"));
}
