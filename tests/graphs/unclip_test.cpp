// The published checkpoints of the semantic branch, under their names but with few channels: imported, loaded name for
// name and sampled from, through the real program and the graph that users run.
#include "../core/scratch.h"
#include "small_parts.h"
#include "written_files.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/weights/weight_file.h>

#include <torch/types.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace bgraph;
namespace fs = std::filesystem;

namespace {

const Json kUnet = {{"model_channels", 32}, {"channel_mult", {1, 2}}, {"num_res_blocks", 1}, {"attention_resolutions", {2}},
                    {"num_head_channels", 16}, {"transformer_depth", {0, 1}}};
const Json kAutoencoder = {{"ch", 32}, {"ch_mult", {1, 1, 1, 1}}, {"num_res_blocks", 1}};
const Json kTower = {{"width", 24}, {"depth", 2}, {"heads", 2}, {"embedding", 10}};

using Tensors = std::map<std::string, at::Tensor>;

Tensors below(const std::string& prefix, const std::string& component, Json params, const Json& more = Json::object()) {
  params.update(more);
  Tensors named;
  for (const auto& [name, tensor] : diffusion::scrambled(component, params).weights) named[prefix + name] = tensor;
  return named;
}

/// What MindEye2's checkpoint holds, and two things beside that nobody asks for.
Tensors unclip_checkpoint() {
  Tensors all = below("model.diffusion_model.", "diffusion.sgm_unet", kUnet, {{"context_dim", 24}, {"adm_in_channels", 16}});
  all.merge(below("first_stage_model.", "diffusion.autoencoder_kl", kAutoencoder));
  all.merge(below("conditioner.embedders.0.model.visual.", "features.open_clip", kTower));
  all["denoiser.sigmas"] = at::arange(1000).to(at::kFloat);
  all["conditioner.embedders.0.model.logit_scale"] = at::ones({});
  return all;
}

Tensors sdxl_checkpoint() {
  Tensors all = below("model.diffusion_model.", "diffusion.sgm_unet", kUnet, {{"context_dim", 12}, {"adm_in_channels", 34}});
  all.merge(below("first_stage_model.", "diffusion.autoencoder_kl", kAutoencoder));
  return all;
}

/// A pickle of protocol 2, as far as a table of tensors needs it.
class Pickle {
 public:
  void text(const std::string& word) { bytes += 'X' + number(word.size()) + word; }
  void integer(int64_t value) { bytes += 'J' + number(value); }
  void global(const std::string& module, const std::string& name) { bytes += 'c' + module + '\n' + name + '\n'; }
  void tuple(at::IntArrayRef values) {
    bytes += '(';
    for (const int64_t value : values) integer(value);
    bytes += 't';
  }
  /// A call that rebuilds a tensor from the numbers in data/KEY.
  void tensor(const at::Tensor& value, const std::string& key) {
    global("torch._utils", "_rebuild_tensor_v2");
    bytes += "((";
    text("storage"), global("torch", "FloatStorage"), text(key), text("cpu"), integer(value.numel());
    bytes += "tQ";
    integer(0), tuple(value.sizes()), tuple(value.strides());
    bytes += '\x89';
    global("collections", "OrderedDict");
    bytes += ")RtR";
  }

  std::string bytes = "\x80\x02";

 private:
  static std::string number(int64_t value) {
    std::string four;
    for (int byte = 0; byte < 4; ++byte) four += static_cast<char>(value >> (8 * byte) & 0xff);
    return four;
  }
};

/// As torch.save writes a Lightning checkpoint.
std::string saved(const Tensors& state) {
  Pickle pickle;
  std::vector<std::pair<std::string, std::string>> members;
  pickle.bytes += "}(";
  pickle.text("epoch"), pickle.integer(0), pickle.text("global_step"), pickle.integer(110000), pickle.text("state_dict");
  pickle.bytes += "}(";
  for (const auto& [name, tensor] : state) {
    const auto numbers = tensor.contiguous();
    const auto key = std::to_string(members.size());
    pickle.text(name), pickle.tensor(numbers, key);
    members.emplace_back("archive/data/" + key, std::string(static_cast<const char*>(numbers.data_ptr()), numbers.nbytes()));
  }
  pickle.bytes += "uu.";
  members.insert(members.begin(), {"archive/data.pkl", pickle.bytes});
  return testing::zip_bytes(members, /*deflate=*/false);
}

struct Data : Scratch {
  Tensors checkpoint = unclip_checkpoint();

  Data() {
    Rng rng(4, "test", "unclip", 0, 0);
    fs::create_directories(path / "weights");
    std::ofstream(path / "weights/unclip6_epoch0_step110000.ckpt", std::ios::binary) << saved(checkpoint);
    write_safetensors(path / "weights/sdxl.safetensors", sdxl_checkpoint(), {});
    write_safetensors(path / "weights/sdxl_prompts.safetensors",
                      {{"prompt_context", rng.normal({5, 12})}, {"negative_context", rng.normal({5, 12})},
                       {"prompt_pooled", rng.normal({10})}, {"negative_pooled", rng.normal({10})}}, {});
    write_safetensors(path / "photos.safetensors", {{"photos", rng.uniform({2, 3, 256, 256})}}, {});
  }

  int bgraph(const std::string& words) const {
    const std::string command = "cd " + path.string() + " && " + BGRAPH_PROGRAM + " " + words + " > said 2>&1";
    return WEXITSTATUS(std::system(command.c_str()));
  }
  std::string text(const std::string& file) const {
    std::ifstream in(path / file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void stand_in(const std::string& file) const {
    fs::create_directories((path / file).parent_path());
    std::ofstream(path / file) << "";
  }
};

const std::string kGraphs = std::string(BGRAPH_SOURCE_DIR) + "/";

}  // namespace

TEST_CASE("tiny checkpoints of the published names are imported, loaded in full and sampled from", "[graphs][unclip][slow]") {
  const Data data;
  const int imported = data.bgraph("import weights/unclip6_epoch0_step110000.ckpt -o weights/unclip6.safetensors");
  INFO(data.text("said"));
  REQUIRE(imported == 0);
  const auto read = read_weight_file(data.path / "weights/unclip6.safetensors");
  REQUIRE(read.size() == data.checkpoint.size());
  for (const auto& [name, tensor] : read) CHECK(tensor.equal(data.checkpoint.at(name)));

  const int ran = data.bgraph("run " + kGraphs + "tests/graphs/tiny_unclip.toml --data . --name tiny");
  INFO(data.text("said"));
  REQUIRE(ran == 0);
  const Json metrics = Json::parse(data.text("runs/tiny/metrics.json"));
  for (const std::string network : {"tower", "unet", "autoencoder", "sdxl_unet", "sdxl_autoencoder"}) {
    INFO(network);
    const Json& coverage = metrics.at("unclip." + network + ".coverage");
    CHECK(coverage.at("matched").at("tensors").get<int>() > 10);
    CHECK(coverage.at("missing").at("tensors") == 0);
    CHECK(coverage.at("unexpected").at("tensors") == 0);
  }
  for (const char* method : {"from tokens", "refined"}) CHECK(metrics.at("scores.table").at(method).contains("pixcorr"));
}

TEST_CASE("the graphs of the published prior are right, given their files", "[graphs][unclip]") {
  const Data data;
  for (const char* file : {"weights/unclip6.safetensors", "images/photos/one.png", "algonauts/README", "coco/unlabeled2017/one.jpg",
                           "nsd/nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5"})
    data.stand_in(file);
  for (const char* graph : {"graphs/photos/unclip.toml", "graphs/nsd/unclip.toml"}) {
    const int code = data.bgraph("check " + kGraphs + graph + " --data .");
    INFO(data.text("said"));
    CHECK(code == 0);
  }
}
