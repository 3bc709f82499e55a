// The Natural Scenes Dataset through the real program: plan, check, run, and what a changed file costs. On a small release.
#include "nsd_release.h"

#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>

#include <cstdlib>

using bgraph::testing::NsdRelease;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* kGraph = R"(
[nodes.data]
type     = "io.nsd"
root     = "${data}"
subjects = ["subj01", "subj06"]
sessions = 2
regions  = ["streams"]
[nodes.finite]
type   = "voxels.finite"
inputs = { voxels = "data.voxels", betas = "data.train", test = "data.test" }
[nodes.z]
type   = "voxels.zscore"
stats  = "all"
inputs = { betas = "finite.betas", test = "finite.test" }
[nodes.averaged]
type   = "voxels.average"
inputs = { betas = "z.betas", test = "z.test" }
)";

struct Answer {
  int code = 0;
  std::string text;
};

struct Study {
  NsdRelease release;
  bgraph::testing::ScratchFolder place;

  Study() {
    release.write_surfaces();
    bgraph::testing::write_text(place.file("g.toml"), kGraph);
  }
  Answer bgraph(const std::string& words) const {
    const std::string command = "cd " + place.path.string() + " && env -u LD_LIBRARY_PATH " BGRAPH_PROGRAM " " + words + " >said 2>&1";
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), bgraph::testing::file_bytes(place.file("said"))};
  }
};

}  // namespace

TEST_CASE("data plan names every pattern with its files and size, and what is missing", "[graphs][nsd]") {
  const Study study;
  const Answer there = study.bgraph("data plan g.toml --data " + study.release.root());
  CHECK_THAT(there.text, ContainsSubstring("nsddata_betas/ppdata/subj06/fsaverage/betas_fithrf_GLMdenoise_RR/*betas_session*"));
  CHECK_THAT(there.text, ContainsSubstring("4 files  3.0 KiB"));  // two sides, two sessions of 284 + 4 x 6 x 20 bytes
  std::filesystem::remove(study.release.root() + "/nsddata/experiments/nsd/nsd_expdesign.mat");
  const Answer missing = study.bgraph("data plan g.toml --data " + study.release.root());
  CHECK(missing.code == 1);
  CHECK_THAT(missing.text, ContainsSubstring("nsd_expdesign.mat"));
  CHECK_THAT(missing.text, ContainsSubstring("missing"));
}

TEST_CASE("data check opens every file of the layout in a worker and says what is not as released", "[graphs][nsd]") {
  const Study study;
  bgraph::testing::write_text(study.release.root() + "/nsddata/freesurfer/fsaverage/label/lh.streams.mgz", "no label at all");
  const Answer answer = study.bgraph("data check " + study.release.root());
  CHECK(answer.code == 1);
  CHECK_THAT(answer.text, ContainsSubstring("shape is [6, 1, 1, 20], expected [750,1,1,163842]"));
  CHECK_THAT(answer.text, ContainsSubstring("lh.streams.mgz: version is"));
  CHECK_THAT(answer.text, ContainsSubstring("nsd: "));
}

TEST_CASE("a run reads the release once; a changed session is read again, and nothing else", "[graphs][nsd]") {
  const Study study;
  const std::string run = "run g.toml --data " + study.release.root();
  const Answer first = study.bgraph(run);
  INFO(first.text);
  REQUIRE(first.code == 0);
  CHECK_THAT(first.text, ContainsSubstring("4 nodes ran"));
  CHECK_THAT(study.bgraph(run).text, ContainsSubstring("nothing to do: 4 nodes cached"));
  // A file the graph does not read changes nothing.
  bgraph::testing::write_text(study.release.root() + "/nsddata/notes.txt", "new");
  CHECK_THAT(study.bgraph(run).text, ContainsSubstring("nothing to do"));
  const std::string session = study.release.root() + "/nsddata_betas/ppdata/subj06/fsaverage/betas_fithrf_GLMdenoise_RR/rh.betas_session02.mgh";
  std::string bytes = bgraph::testing::file_bytes(session);
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 0x10);
  bgraph::testing::write_text(session, bytes);
  CHECK_THAT(study.bgraph("plan g.toml --data " + study.release.root()).text, ContainsSubstring("run      data"));
  CHECK_THAT(study.bgraph(run).text, ContainsSubstring("4 nodes ran"));
}
