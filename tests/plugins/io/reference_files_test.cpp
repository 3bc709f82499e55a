// Files written by NumPy, h5py, SciPy and nibabel are read equal to what those tools read. Skipped, visibly, without them.
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>

using namespace bgraph;
namespace fs = std::filesystem;

namespace {

/// A folder the script has filled, or "" where its tools are missing.
fs::path reference_folder() {
  std::string name = (fs::temp_directory_path() / "bgraph-reference-XXXXXX").string();
  if (!::mkdtemp(name.data())) return {};
  const std::string command = "python3 " BGRAPH_SOURCE_DIR "/tests/plugins/io/reference_files.py " + name + " >" + name + "/said 2>&1";
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return name;
  std::ifstream said(name + "/said");
  WARN("skipped: NumPy, h5py, SciPy and nibabel are wanted (python3-nibabel, python3-h5py): " << std::string(std::istreambuf_iterator<char>(said), {}));
  CHECK((WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127)));
  fs::remove_all(name);
  return {};
}

}  // namespace

TEST_CASE("files of the field's own tools are read equal to what those tools read", "[io][array]") {
  const fs::path folder = reference_folder();
  if (folder.empty()) return;
  std::ifstream in(folder / "index.json");
  const Json index = Json::parse(in);
  CHECK(index.size() > 60);
  for (const auto& entry : index) {
    const std::string file = (folder / entry.at("file").get<std::string>()).string(), item = entry.at("item");
    INFO(file << " " << item);
    testing::NodeRun run("io.array");
    at::Tensor found = run.set("file", file).set("item", item).run().out<Tensor>("array");
    const std::vector<int64_t> shape = entry.at("shape");
    REQUIRE(found.sizes().vec() == shape);
    found = found.to(at::kDouble).contiguous();
    std::ifstream numbers(folder / entry.at("numbers").get<std::string>(), std::ios::binary);
    std::vector<double> expected(static_cast<size_t>(found.numel()));
    numbers.read(reinterpret_cast<char*>(expected.data()), static_cast<std::streamsize>(expected.size() * sizeof(double)));
    REQUIRE(numbers.gcount() == static_cast<std::streamsize>(expected.size() * sizeof(double)));
    // Scaled NIfTI and text GIFTI round once on each side; everything else is exact.
    for (size_t i = 0; i < expected.size(); ++i)
      REQUIRE(std::abs(found.data_ptr<double>()[i] - expected[i]) <= 1e-6 * std::abs(expected[i]));
  }
  fs::remove_all(folder);
}
