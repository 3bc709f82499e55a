// Bad files through the real program: control answers with a sentence that names the file, whatever its worker met.
#include "written_files.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/values/figure.h>
#include <sys/wait.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>

#include <cstdlib>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Study {
  testing::ScratchFolder place;

  std::string run(const std::string& graph, int& code, const std::string& verb = "run") const {
    testing::write_text(place.file("g.toml"), graph);
    const std::string command = "cd " + place.path.string() + " && env -u LD_LIBRARY_PATH " BGRAPH_PROGRAM " " + verb + " g.toml --data " + place.path.string() + " >said 2>&1";
    code = WEXITSTATUS(std::system(command.c_str()));
    return testing::file_bytes(place.file("said"));
  }
};

constexpr const char* kPictures = "[nodes.pictures]\ntype = \"io.image_folder\"\nfolder = \"${data}/set\"\nsize = 8\n";

}  // namespace

TEST_CASE("folders and files whose names are no UTF-8 are planned, read, and named printably when they are wrong", "[graphs][bad_files]") {
  const Study study;
  const auto picture = png_of(at::full({3, 8, 8}, 7, at::kByte));
  testing::write_text(study.place.file("set/caf\xe9/1.png"), picture);
  int code = 0;
  const std::string planned = study.run(kPictures, code, "plan");
  INFO(planned);
  CHECK(code == 0);
  const std::string ran = study.run(kPictures, code);
  INFO(ran);
  CHECK(code == 0);
  testing::write_text(study.place.file("set/caf\xe9/2\xff.png"), "torn");
  const std::string torn = study.run(kPictures, code);
  INFO(torn);
  CHECK(code == 1);
  CHECK_THAT(torn, ContainsSubstring("set/caf?/2?.png is not a readable picture"));
}

TEST_CASE("links are followed, out of the folder too; a link into nothing and a circle of links are named", "[graphs][bad_files]") {
  const Study study;
  testing::write_text(study.place.file("elsewhere/a.png"), png_of(at::full({3, 8, 8}, 7, at::kByte)));
  fs::create_directories(study.place.path / "set");
  fs::create_symlink("../elsewhere/a.png", study.place.path / "set/a.png");
  fs::create_symlink("../elsewhere/gone.png", study.place.path / "set/b.png");
  int code = 0;
  CHECK_THAT(study.run(kPictures, code), ContainsSubstring("set/b.png: No such file"));
  CHECK(code == 1);
  fs::remove(study.place.path / "set/b.png");
  const std::string ran = study.run(kPictures, code);
  INFO(ran);
  CHECK(code == 0);
  fs::create_symlink("../elsewhere/gone.png", study.place.path / "set/b.png");  // a result without it does not stand for it
  CHECK_THAT(study.run(kPictures, code), ContainsSubstring("set/b.png: No such file"));
  CHECK(code == 1);
  fs::remove(study.place.path / "set/b.png");
  fs::create_directory_symlink(".", study.place.path / "set/circle");
  const std::string circle = study.run(kPictures, code);
  INFO(circle);
  CHECK(code != 0);
  CHECK_THAT(circle, ContainsSubstring("Too many levels of symbolic links"));
}

TEST_CASE("an HDF5 file that is cut anywhere is a sentence, and the run goes on with what does not need it", "[graphs][bad_files]") {
  const Study study;
  testing::write_hdf5(study.place.file("whole.h5"), "betas", at::arange(600, at::kFloat).reshape({20, 30}), {4, 7}, true);
  const std::string whole = testing::file_bytes(study.place.file("whole.h5"));
  const std::string graph = "[nodes.cut]\ntype = \"io.array\"\nfile = \"${data}/cut.h5\"\nitem = \"betas\"\n[nodes.fine]\ntype = \"io.array\"\nfile = \"${data}/whole.h5\"\nitem = \"betas\"\n";
  for (const size_t length : {size_t{0}, size_t{100}, whole.size() / 2, whole.size() - 10}) {
    testing::write_text(study.place.file("cut.h5"), whole.substr(0, length));
    int code = 0;
    const std::string said = study.run(graph, code);
    INFO(length << ": " << said);
    CHECK(code == 1);
    CHECK_THAT(said, ContainsSubstring("cut.h5"));
  }
}
