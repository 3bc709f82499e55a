#include "../scratch.h"

#include <bgraph/core/cli/evaluation_graph.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/testing/catch.h>

#include <fstream>

using namespace bgraph;
using namespace bgraph::cli;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Sources : Scratch {
  fs::path folder(const std::string& name, const std::vector<std::string>& files) const {
    fs::create_directories(path / name);
    for (const auto& file : files) std::ofstream(path / name / file) << "x";
    return path / name;
  }
  fs::path file(const std::string& name) const {
    std::ofstream(path / name) << "x";
    return path / name;
  }
  fs::path weights(const std::string& name, const std::map<std::string, std::string>& metadata) const {
    std::vector<SafetensorsEntry> entries;
    std::ofstream(path / name, std::ios::binary) << safetensors_prefix(entries, metadata);
    return path / name;
  }
};

}  // namespace

TEST_CASE("a method is a name and its sources, or a source that names itself", "[core][cli][evaluate]") {
  const Sources place;
  const auto one = place.file("s1.npy").string(), two = place.file("s2.npy").string();
  CHECK(read_method(one).name == "s1");
  const EvaluatedMethod ours = read_method("ours=" + one + "," + two);
  CHECK(ours.name == "ours");
  REQUIRE(ours.sources.size() == 2);
  CHECK(ours.sources[1] == two);
  CHECK(read_method(place.folder("recons", {}).string()).name == "recons");
  CHECK_THROWS_WITH(read_method("ours=" + one + ",nowhere.npy"), ContainsSubstring("there is nothing at nowhere.npy"));
}

TEST_CASE("subjects become entries of one name, arrays and folders their readers", "[core][cli][evaluate]") {
  const Sources place;
  Evaluation asked;
  asked.seen = place.folder("seen", {"a.png", "b.jpg"});
  asked.methods = {{"ours", {place.file("s1.safetensors"), place.file("s2.npy")}}, {"theirs", {place.folder("t", {"b.png", "a.png", "notes.txt"})}}};
  asked.protocol = "mindeye2";
  asked.repeats = 3;
  const std::string graph = evaluation_graph(asked);
  CHECK_THAT(graph, ContainsSubstring("names = [\"ours\", \"ours\", \"theirs\"]"));
  CHECK_THAT(graph, ContainsSubstring("images = [\"images1\", \"images2\", \"images3\"]"));
  CHECK_THAT(graph, ContainsSubstring("[nodes.images2]\ntype = \"io.image_array\""));
  CHECK_THAT(graph, ContainsSubstring("[nodes.seen]\ntype = \"io.image_folder\""));
  CHECK_THAT(graph, ContainsSubstring("protocol = \"mindeye2\"") && ContainsSubstring("repeats = 3"));
  CHECK(graph.find("metrics.published") == std::string::npos);
}

TEST_CASE("pictures are matched by their numbers where every name has one, else by their names", "[core][cli][evaluate]") {
  const Sources place;
  Evaluation asked;
  asked.seen = place.folder("seen", {"nsd_07.png", "nsd_12.png"});
  asked.methods = {{"ours", {place.folder("ours", {"recon_12.png", "recon_7.png"})}}};
  CHECK_THAT(evaluation_graph(asked), ContainsSubstring("ids = \"number\""));
  asked.seen = place.folder("other", {"cat.png", "dog.png"});
  asked.methods = {{"ours", {place.folder("named", {"cat.jpg", "dog.jpg"})}}};
  CHECK_THAT(evaluation_graph(asked), ContainsSubstring("ids = \"order\""));
  place.folder("named", {"horse.jpg"});
  CHECK_THROWS_WITH(evaluation_graph(asked), ContainsSubstring("holds 'horse'"));
}

TEST_CASE("a network file with a recipe is a model, one without is weights for the judge of that name", "[core][cli][evaluate]") {
  const Sources place;
  Evaluation asked;
  asked.seen = place.file("seen.npy");
  asked.methods = {{"ours", {place.file("ours.npy")}}};
  asked.networks = {{"alexnet", place.weights("bare.safetensors", {})}, {"clip", place.weights("whole.safetensors", {{kRecipeMetadata, "{}"}})}};
  const std::string graph = evaluation_graph(asked);
  CHECK_THAT(graph, ContainsSubstring("[nodes.alexnet]\ntype = \"io.load_weights\"") && ContainsSubstring("component = \"features.alexnet\""));
  CHECK_THAT(graph, ContainsSubstring("[nodes.clip]\ntype = \"io.load_model\""));
  CHECK_THAT(graph, ContainsSubstring("clip = \"clip.model\""));
  asked.networks["alexnett"] = asked.networks["alexnet"];
  CHECK_THROWS_WITH(evaluation_graph(asked), ContainsSubstring("no protocol asks for a network 'alexnett'"));
}

TEST_CASE("a file of another kind is refused with the way out", "[core][cli][evaluate]") {
  const Sources place;
  Evaluation asked;
  asked.seen = place.file("seen.npy");
  asked.methods = {{"ours", {place.file("recons.pt")}}};
  try {
    evaluation_graph(asked);
    FAIL("it was accepted");
  } catch (const Error& error) {
    CHECK_THAT(error.full(), ContainsSubstring("neither a folder of pictures nor") && ContainsSubstring("bgraph import"));
  }
}

TEST_CASE("published results stand below the scores where they are asked for", "[core][cli][evaluate]") {
  const Sources place;
  Evaluation asked;
  asked.seen = place.file("seen.npy");
  asked.methods = {{"ours", {place.file("ours.npy")}}};
  asked.published = "nsd_1h";
  asked.published_file = place.file("results.json");
  asked.protocol = place.file("mine.json").string();
  const std::string graph = evaluation_graph(asked);
  CHECK_THAT(graph, ContainsSubstring("which = \"nsd_1h\"") && ContainsSubstring("inputs = { scores = \"scores.table\" }"));
  CHECK_THAT(graph, ContainsSubstring("definition = "));
}
