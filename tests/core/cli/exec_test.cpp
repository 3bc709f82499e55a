// `bgraph exec` through the real program and its worker: files in, files out, and what it says of bad ones.
#include "../scratch.h"

#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string npy(const std::string& header, const std::vector<float>& values = {}) {
  const std::string padded = header + std::string(63 - (10 + header.size()) % 64, ' ') + "\n";
  std::string text = "\x93NUMPY\1\0"s + static_cast<char>(padded.size()) + '\0' + padded;
  text.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return text;
}

std::string vector_npy(const std::vector<float>& values) {
  return npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(values.size()) + ",), }", values);
}

/// Voxels as a safetensors file with the one column ncsnr.
std::string ncsnr_file(const std::vector<float>& values) {
  std::vector<SafetensorsEntry> entries = {{"ncsnr", "F32", {static_cast<int64_t>(values.size())}}};
  std::string text = safetensors_prefix(entries, {});
  return text.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

struct Exec {
  int code = 0;
  std::string out, err;
};

/// A folder in which the program is run.
struct Bench : Scratch {
  void write(const std::string& name, const std::string& content) const { std::ofstream(path / name, std::ios::binary) << content; }
  Exec exec(const std::string& words) const {
    const std::string command = "cd " + path.string() + " && env -u BGRAPH_PLUGIN_PATH BGRAPH_CACHE=cache " BGRAPH_PROGRAM " exec " +
                                words + " >out.txt 2>err.txt";
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), text_of(path / "out.txt"), text_of(path / "err.txt")};
  }
  std::vector<float> numbers(const std::string& name) const {
    const std::string text = text_of(path / name);
    REQUIRE(text.size() > 10);
    const size_t data = 10 + static_cast<unsigned char>(text[8]) + 256 * static_cast<unsigned char>(text[9]);
    CHECK(data % 64 == 0);
    std::vector<float> values((text.size() - data) / sizeof(float));
    std::memcpy(values.data(), text.data() + data, values.size() * sizeof(float));
    return values;
  }
};

}  // namespace

TEST_CASE("a node runs on files of others and writes .npy", "[core][cli][exec]") {
  const Bench bench;
  bench.write("v.safetensors", ncsnr_file({0, 1, std::nanf("")}));
  const Exec run = bench.exec("voxels.noise_ceiling --in voxels=v.safetensors --out ceiling=c.npy --set trials=3");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, ContainsSubstring("ceiling Tensor: data [3]"));
  const auto ceiling = bench.numbers("c.npy");
  REQUIRE(ceiling.size() == 3);
  CHECK(ceiling[0] == 0);
  CHECK(ceiling[1] == 75);  // 100 / (1 + 1/3)
  CHECK(std::isnan(ceiling[2]));
}

TEST_CASE("an output written as safetensors is an input again, exactly", "[core][cli][exec]") {
  const Bench bench;
  bench.write("labels.npy", npy("{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }") + "\1\0\xff"s);
  bench.write("v.safetensors", ncsnr_file({1, 2, 3}));
  const Exec run = bench.exec("clusters.precomputed --in map=labels.npy --in voxels=v.safetensors --out v2c=m.safetensors");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, ContainsSubstring("v2c ClusterMap:"));
  const Exec wrong = bench.exec("voxels.noise_ceiling --in voxels=m.safetensors");
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.err, ContainsSubstring("m.safetensors is a ClusterMap, expected a Voxels"));
  REQUIRE(bench.exec("voxels.noise_ceiling --in voxels=v.safetensors --out ceiling=c.safetensors").code == 0);
  const Exec again = bench.exec("clusters.precomputed --in map=c.safetensors --in voxels=v.safetensors");
  CHECK_THAT(again.err, ContainsSubstring("of integers, found [3]"));  // it is the Tensor that was written
}

TEST_CASE("pictures go in and come out pixel by pixel", "[core][cli][exec]") {
  const Bench bench;
  fs::create_directories(bench.path / "photos");
  for (const char* name : {"a", "b"})  // 2 x 1 pixels, binary PPM
    bench.write("photos/"s + name + ".ppm", "P6\n2 1\n255\n" + std::string("\1\2\3", 3) + std::string(3, name[0]));
  const Exec run = bench.exec("io.join_images --in images=photos --out joined=p.png");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(fs::exists(bench.path / "p-0000.png"));
  REQUIRE(bench.exec("io.join_images --in images=p-0001.png --out joined=q.npy").code == 0);
  std::vector<float> pixels = bench.numbers("q.npy");
  for (float& pixel : pixels) pixel = std::round(255 * pixel);
  CHECK(pixels == std::vector<float>{1, 'b', 2, 'b', 3, 'b'});  // planes of red, green, blue
}

TEST_CASE("wrong words are told before anything starts", "[core][cli][exec]") {
  const Bench bench;
  bench.write("x.npy", vector_npy({1}));
  const auto refused = [&](const std::string& words, const std::string& why) {
    const Exec run = bench.exec(words);
    CHECK(run.code != 0);
    CHECK_THAT(run.err, ContainsSubstring(why));
  };
  refused("voxels.noise_cieling", "did you mean 'voxels.noise_ceiling'?");
  refused("voxels.noise_ceiling", "input 'voxels' (Voxels) must be given");
  refused("voxels.noise_ceiling --in voxel=x.npy", "did you mean 'voxels'?");
  refused("voxels.noise_ceiling --in voxels", "expected NAME=VALUE");
  refused("voxels.noise_ceiling --in voxels=x.npy --in voxels=x.npy", "given twice");
  refused("voxels.noise_ceiling --in voxels=x.npy --out top=y.npy", "no such port");
  refused("voxels.noise_ceiling --in voxels=x.npy --set trials=0", "expected at least 1, found 0");
}

TEST_CASE("files that lie are told by name, and the program lives", "[core][cli][exec]") {
  const Bench bench;
  bench.write("v.safetensors", ncsnr_file({1}));
  const auto refused = [&](const std::string& name, const std::string& content, const std::string& why) {
    bench.write(name, content);
    const Exec run = bench.exec("clusters.precomputed --in voxels=v.safetensors --in map=" + name);
    CHECK(run.code == 1);
    CHECK_THAT(run.err, ContainsSubstring(name) && ContainsSubstring(why));
  };
  refused("o.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), "Python objects");
  refused("s.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", {1}), "is 4 bytes long, expected 16 bytes");
  refused("h.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999,9999999999,9999999999), }"), "h.npy");
  refused("k.npy", npy("{'descr': '<f4', 'shape': (1,), }", {1}), "without 'descr', 'fortran_order' or 'shape'");
  refused("l.npy", "\x93NUMPY\2\0\xff\xff\xff\x7f"s, "header length is 2147483647");
  refused("x.npy", "hello", "file is too short");
  refused("t.safetensors", "\x03\0\0\0\0\0\0\0{}"s, "truncated inside its header");
  refused("w.pt", "PK\3\4", "of no kind that can be read here");
}
