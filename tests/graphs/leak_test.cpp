// Deliberately leaky studies through the real program: what the graph cannot show, the run refuses.
#include "../core/scratch.h"

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Study {
  Scratch scratch;

  Study() {
    // Two IDX files of eight 4 x 4 pictures: their rows are their ids.
    write("images", std::string("\0\0\x08\3\0\0\0\x08\0\0\0\4\0\0\0\4", 16) + std::string(8 * 16, 'x'));
    write("labels", std::string("\0\0\x08\1\0\0\0\x08", 8) + std::string("\0\0\0\0\1\1\1\1", 8));
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(scratch.path / name, std::ios::binary) << text;
  }

  /// A set of pictures: those of one label, under a split of our choice.
  static std::string set(const std::string& name, const std::string& label, const std::string& split) {
    return "[nodes." + name + "]\ntype = \"io.idx\"\nimages = \"images\"\nlabels = \"labels\"\ndigits = [" + label +
           "]\nsplit = \"" + split + "\"\n";
  }
  static std::string mean(const std::string& name, const std::string& training, const std::string& seen) {
    return "[nodes." + name + "]\ntype = \"analysis.mean_image\"\ninputs = { training = \"" + training + "\", seen = \"" +
           seen + "\" }\n";
  }

  int run(const std::string& graph) {
    write("g.toml", graph);
    const std::string command = "cd " + scratch.path.string() + " && " BGRAPH_PROGRAM " run g.toml --store store > out 2>&1";
    return WEXITSTATUS(std::system(command.c_str()));
  }
  std::string text(const std::string& name) const {
    std::ifstream in(scratch.path / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
};

}  // namespace

TEST_CASE("a right study runs, and its record proves that nothing fitted was tested on", "[graphs][leak][slow]") {
  Study study;
  const int code = study.run(study.set("train", "0", "train") + study.set("test", "1", "test") + study.mean("mean", "train", "test"));
  INFO(study.text("out"));
  REQUIRE(code == 0);
  const Json told = Json::parse(study.text("runs/g/separation.json"));
  REQUIRE(told[0]["fits"].size() == 1);
  CHECK(told[0]["fits"][0]["images"] == 4);
  CHECK(told[0]["fits"][0]["shared_with_test"] == 0);
  CHECK(told[0]["test"][0]["images"] == 4);
}

TEST_CASE("test images under a training label are refused: the leak is in the ids alone", "[graphs][leak][slow]") {
  Study study;
  const int code = study.run(study.set("train", "0, 1", "train") + study.set("test", "1", "test") + study.mean("mean", "train", "test"));
  INFO(study.text("out"));
  CHECK(code == 1);
  CHECK_THAT(study.text("out"), ContainsSubstring("fits to 4 images of 'idx' that 'test.images' tests on, the first is 4"));
  CHECK_THAT(study.text("out"), ContainsSubstring("keep the images of the splits apart"));
}

TEST_CASE("a leak that passes through other images does not pass", "[graphs][leak][slow]") {
  Study study;
  const int code = study.run(study.set("train", "0, 1", "train") + study.set("test", "1", "test") +
                             "[nodes.draws]\ntype = \"decoding.kernel_draws\"\ncount = 6\ncomponents = 1\n"
                             "inputs = { examples = \"train\" }\n" +
                             study.mean("mean", "draws", "test"));
  INFO(study.text("out"));
  CHECK(code == 1);  // before the node if the test set is known by then, in the record otherwise
  const bool before = study.text("out").find("fits to 4 images of 'idx'") != std::string::npos;
  const bool after = study.text("out").find("4 test images were fitted to") != std::string::npos;
  CHECK((before || after));
}

TEST_CASE("folds of one set stand in one graph: each tests on what the others fit to", "[graphs][leak][slow]") {
  Study study;
  const int code = study.run(study.set("train0", "0", "train") + study.set("test0", "1", "test") + study.mean("mean0", "train0", "test0") +
                             study.set("train1", "1", "train") + study.set("test1", "0", "test") + study.mean("mean1", "train1", "test1") +
                             "[nodes.joined]\ntype = \"io.join_images\"\ninputs = { images = [\"mean0\", \"mean1\"] }\n");
  INFO(study.text("out"));
  REQUIRE(code == 0);
  for (const auto& fit : Json::parse(study.text("runs/g/separation.json"))[0]["fits"]) CHECK(fit["shared_with_test"] == 0);
}

TEST_CASE("test labels reach a fitting port at run time where the graph cannot know them", "[graphs][leak][slow]") {
  Study study;
  const int code = study.run(study.set("train", "0", "test") + study.set("test", "1", "test") + study.mean("mean", "train", "test"));
  INFO(study.text("out"));
  CHECK(code == 1);
  CHECK_THAT(study.text("out"), ContainsSubstring("input 'training' fits to its data, but got a value of split 'test'"));
}
