// Files written by NumPy, h5py, SciPy and nibabel are read equal to what those tools read. Skipped, visibly, without them.
#include "../../core/scratch.h"

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

/// Lets the script fill a folder; false where its tools are missing. They may be there for the system's own Python alone.
bool fill(const fs::path& folder) {
  std::string said;
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    const std::string command = std::string(python) + " " BGRAPH_SOURCE_DIR "/tests/plugins/io/reference_files.py " + folder.string() + " >" + folder.string() + "/said 2>&1";
    const int status = std::system(command.c_str());
    std::ifstream in(folder / "said");
    said.assign(std::istreambuf_iterator<char>(in), {});
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    INFO(said);
    CHECK((WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127)));
  }
  WARN("skipped: NumPy, h5py, SciPy and nibabel are wanted (python3-nibabel, python3-h5py): " << said);
  return false;
}

}  // namespace

TEST_CASE("files of the field's own tools are read equal to what those tools read", "[io][array]") {
  const Scratch scratch;
  const fs::path& folder = scratch.path;
  if (!fill(folder)) return;
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
    const double* values = found.data_ptr<double>();
    for (size_t i = 0; i < expected.size(); ++i)
      REQUIRE((std::abs(values[i] - expected[i]) <= 1e-6 * std::abs(expected[i]) || (std::isnan(values[i]) && std::isnan(expected[i]))));
  }
}
