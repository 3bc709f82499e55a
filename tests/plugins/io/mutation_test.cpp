// Damaged files: every reader of our own answers each with an array or a sentence, never with a crash, a hang or a huge allocation.
//
// BGRAPH_MUTATIONS sets the number per reader (default 200; 10000 under sanitizers takes minutes). Libraries we do not own (HDF5,
// matio) may die of a damaged file: they are asked in a child, as the worker is one, and only a hang is a failure.
#include "any_array.h"
#include "webdataset.h"
#include "written_files.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>

#include <cstdlib>

using namespace bgraph;

namespace {

int64_t mutations() {
  // BGRAPH_MUTATIONS: damaged files per reader in this test.
  const char* given = std::getenv("BGRAPH_MUTATIONS");
  return given ? std::atoll(given) : 200;
}

/// A damaged copy: cut, bits flipped, a length overwritten, bytes doubled, or nothing left.
std::string damaged(const std::string& whole, Rng& rng) {
  std::string bytes = whole;
  const auto somewhere = [&](size_t size) { return static_cast<size_t>(rng.integer(static_cast<int64_t>(std::max<size_t>(size, 1)))); };
  switch (rng.integer(5)) {
    case 0: bytes.resize(somewhere(bytes.size())); break;
    case 1:
      for (int64_t flips = 1 + rng.integer(8); flips > 0; --flips)
        if (const size_t at = somewhere(bytes.size()); at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << rng.integer(8)));
      break;
    case 2: {  // lengths stand near the front
      static constexpr uint32_t kLengths[] = {0, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 1, 0xFFFFFF7F};
      const uint32_t length = kLengths[rng.integer(6)];
      const size_t at = somewhere(std::min<size_t>(bytes.size(), 600));
      for (size_t i = 0; i < 4 && at + i < bytes.size(); ++i) bytes[at + i] = static_cast<char>(length >> (8 * i));
      break;
    }
    case 3: bytes.insert(somewhere(bytes.size()), bytes.substr(somewhere(bytes.size()), 40)); break;
    default:
      for (size_t at = somewhere(bytes.size()), end = std::min(bytes.size(), at + 30); at < end; ++at) bytes[at] = static_cast<char>(rng.integer(256));
  }
  return bytes;
}

struct Seed {
  const char* name;
  const char* item;
  std::string bytes;
};

std::vector<Seed> seeds() {
  const at::Tensor small = at::arange(12, at::kFloat).reshape({3, 4}), volume = at::arange(24, at::kShort).reshape({2, 2, 2, 3});
  const std::string gifti =
      "<?xml version=\"1.0\"?><GIFTI Version=\"1.0\"><LabelTable><Label Key=\"1\">V1</Label></LabelTable><DataArray Intent=\"NIFTI_INTENT_SHAPE\" "
      "DataType=\"NIFTI_TYPE_FLOAT32\" ArrayIndexingOrder=\"RowMajorOrder\" Dimensionality=\"1\" Dim0=\"3\" Encoding=\"Base64Binary\" "
      "Endian=\"LittleEndian\"><Data>AACAPwAAAEAAAEBA</Data></DataArray></GIFTI>";
  std::string surface("\xFF\xFF\xFE" "made by hand\n\n\0\0\0\x03\0\0\0\x01", 25);
  surface.append(36, '\0').append(std::string("\0\0\0\0\0\0\0\1\0\0\0\2", 12));
  return {{"a.npy", "", testing::npy_bytes(small)},
          {"stored.npz", "x", testing::npz_bytes({{"x", testing::npy_bytes(small)}}, false)},
          {"deflated.npz", "x", testing::npz_bytes({{"x", testing::npy_bytes(small)}}, true)},
          {"a.mgh", "", testing::mgh_bytes(small)},
          {"a.mgz", "", testing::gzipped(testing::mgh_bytes(small))},
          {"a.nii", "", testing::nifti_bytes(volume, 0.5f)},
          {"a.nii.gz", "", testing::gzipped(testing::nifti_bytes(volume, 0))},
          {"a.dscalar.nii", "", testing::nifti_bytes(volume, 0)},
          {"lh.a.annot", "", testing::annot_bytes({0, 1, 1, -1}, {"wall", "V1"})},
          {"lh.white", "faces", surface},
          {"lh.curv", "", std::string("\xFF\xFF\xFF\0\0\0\2\0\0\0\0\0\0\0\1ABCDEFGH", 23)},
          {"lh.a.label", "vertex", "#label\n2\n1 0.5 1 2 3\n4 1 2 3 0.25\n"},
          {"a.gii", "0", gifti},
          {"a.csv", "x", "x,\"y, z\"\n1,2\n\"3\",nan\n"}};
}

}  // namespace

TEST_CASE("a damaged file is an array or a sentence that names it", "[io][mutation]") {
  const testing::ScratchFolder folder;
  for (const auto& seed : seeds()) {
    const std::string file = folder.file(seed.name);
    Rng rng(17, "mutation_test", seed.name, 0, 0);
    int64_t read = 0, refused = 0;
    for (int64_t i = 0; i < mutations(); ++i) {
      testing::write_text(file, damaged(seed.bytes, rng));
      INFO(seed.name << ", mutation " << i);
      try {
        const at::Tensor found = io::read_array(file, seed.item);
        REQUIRE(found.numel() < (int64_t{1} << 26));
        ++read;
      } catch (const Error& error) {
        REQUIRE(std::string(error.what()).size() > 10);
        ++refused;
      }
    }
    CHECK(read + refused == mutations());
    CHECK(refused > 0);
  }
}

TEST_CASE("a damaged archive is samples or a sentence that names it", "[io][mutation]") {
  const testing::ScratchFolder folder;
  const std::string plain = testing::tar_entry("s1.a", "12345") + testing::tar_entry("PaxHeader", "16 path=s1.long\n", 'x') + testing::tar_entry("s1.b", std::string(600, 'b')) +
                            testing::tar_entry("././@LongLink", "s2.c", 'L') + testing::tar_entry("s2", "7") + std::string(1024, '\0');
  for (const auto& [name, whole] : {std::pair<std::string, std::string>{"a.tar", plain}, {"a.tar.gz", testing::gzipped(plain)}}) {
    Rng rng(29, "mutation_test", name, 0, 0);
    int64_t refused = 0;
    for (int64_t i = 0; i < mutations(); ++i) {
      testing::write_text(folder.file(name), damaged(whole, rng));
      INFO(name << ", mutation " << i);
      try {
        io::Webdataset samples(folder.file(name), 1 << 16);
        for (io::WebSample sample; samples.next(sample);) REQUIRE(sample.fields.size() < 100);
      } catch (const Error& error) {
        REQUIRE_THAT(error.what(), Catch::Matchers::ContainsSubstring(name));
        ++refused;
      }
    }
    CHECK(refused > 0);
  }
}

TEST_CASE("a damaged HDF5 or MATLAB file does not hang; if its library dies, the child that read it does", "[io][mutation]") {
  const testing::ScratchFolder folder;
  testing::write_hdf5(folder.file("seed.h5"), "betas", at::arange(60, at::kFloat).reshape({6, 10}), {2, 5}, true);
  testing::write_mat(folder.file("seed.mat"), {{"betas", at::arange(12).reshape({3, 4})}});
  for (const std::string name : {"seed.h5", "seed.mat"}) {
    const std::string whole = testing::file_bytes(folder.file(name)), file = folder.file("damaged" + name.substr(4));
    Rng rng(23, "mutation_test", name, 0, 0);
    for (int64_t i = 0; i < std::min<int64_t>(mutations() / 5, 400); ++i) {
      testing::write_text(file, damaged(whole, rng));
      const pid_t child = ::fork();
      if (child == 0) {
        ::alarm(20);
        try {
          io::read_array(file, "betas");
        } catch (...) {
        }
        ::_exit(0);
      }
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      INFO(name << ", mutation " << i);
      REQUIRE_FALSE((WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM));
    }
  }
}

TEST_CASE("lengths that a file cannot hold are refused before memory is taken", "[io][mutation]") {
  const testing::ScratchFolder folder;
  using Catch::Matchers::ContainsSubstring;
  std::string mgh = testing::mgh_bytes(at::ones({2, 3}));
  mgh.replace(4, 4, std::string("\x7F\xFF\xFF\xFF", 4));
  testing::write_text(folder.file("a.mgh"), mgh);
  CHECK_THROWS_WITH(io::read_array(folder.file("a.mgh"), ""), ContainsSubstring("a.mgh: data is at most 24 bytes long, expected"));
  std::string npy = testing::npy_bytes(at::ones({2, 3}));
  npy.replace(npy.find("(2, 3"), 5, "(2e9,");
  testing::write_text(folder.file("a.npy"), npy);
  CHECK_THROWS_WITH(io::read_array(folder.file("a.npy"), ""), ContainsSubstring("a.npy: array header"));
  npy = testing::npy_bytes(at::ones({2, 3}));
  npy.replace(npy.find("'<f4'"), 5, "'|O8'");
  testing::write_text(folder.file("a.npy"), npy);
  CHECK_THROWS_WITH(io::read_array(folder.file("a.npy"), ""), ContainsSubstring("element type is Python objects (a pickle, which is a program), expected a number"));
  CHECK_THROWS_WITH(io::read_array(folder.file("a.mgh") + "x.npy", ""), ContainsSubstring("No such file"));
}
