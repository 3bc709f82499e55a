// `bgraph import` on the published layouts. files/ holds what make_files.py wrote: Python's pickle, the opcodes of
// torch.save, element i of the n-th tensor = 100 n + i (small types: i).
#include "../scratch.h"

#include <bgraph/core/import/convert.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/testing/catch.h>

#include <cstring>
#include <fstream>

using namespace bgraph;
using namespace bgraph::import;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

/// What was written, read back.
class Imported {
 public:
  explicit Imported(const std::string& name, Request request = {}) {
    request.file = fs::path("files") / name;
    request.out = scratch_.path / "out.safetensors";
    report = convert_in_child(request);
    text_ = store::read_text(request.out);
    for (const auto& entry : parse_safetensors(std::as_bytes(std::span(text_)), "out").entries)
      entries_[entry.name] = entry;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, entry] : entries_) all.push_back(name);
    return all;
  }
  const SafetensorsEntry& entry(const std::string& name) const { return entries_.at(name); }

  template <class T = float>
  std::vector<T> values(const std::string& name) const {
    const auto& entry = entries_.at(name);
    std::vector<T> numbers((entry.end - entry.begin) / sizeof(T));
    std::memcpy(numbers.data(), text_.data() + entry.begin, entry.end - entry.begin);
    return numbers;
  }

  Report report;

 private:
  Scratch scratch_;
  std::string text_;
  std::map<std::string, SafetensorsEntry> entries_;
};

using Names = std::vector<std::string>;
using Values = std::vector<float>;
using Shape = std::vector<int64_t>;

}  // namespace

TEST_CASE("of a Lightning checkpoint the state dictionary is taken and the rest named", "[import][convert]") {
  const Imported imported("lightning.ckpt");
  CHECK(imported.report.container == "zip");
  CHECK(imported.report.taken == "state_dict");
  CHECK(imported.report.left == Names{"epoch", "global_step", "pytorch-lightning_version", "optimizer_states",
                                      "hyper_parameters", "callbacks"});
  CHECK(imported.names() == Names{"conditioner.logit_scale", "denoiser.sigmas", "first_stage_model.quant_conv.bias",
                                  "model.diffusion_model.out.2.weight"});
  CHECK(imported.entry("model.diffusion_model.out.2.weight").shape == Shape{4, 3, 1, 1});
  CHECK(imported.values("model.diffusion_model.out.2.weight") ==
        Values{100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111});
  CHECK(imported.entry("first_stage_model.quant_conv.bias").dtype == "F16");
  CHECK(imported.entry("conditioner.logit_scale").shape.empty());
  CHECK(imported.values("denoiser.sigmas") == Values{300, 301, 302, 303, 304});
}

TEST_CASE("a prefix selects and is taken off; a key names another entry", "[import][convert]") {
  const Imported unet("lightning.ckpt", {.prefix = "model.diffusion_model."});
  CHECK(unet.names() == Names{"out.2.weight"});
  CHECK(unet.report.outside == 3);
  const Imported optimizer("lightning.ckpt", {.selection = {.key = "optimizer_states"}});
  CHECK(optimizer.names() == Names{"0.state.0.exp_avg"});
  CHECK_THROWS_WITH(Imported("lightning.ckpt", {.prefix = "model.unet."}),
                    ContainsSubstring("no tensor's name begins with 'model.unet.'"));
  CHECK_THROWS_WITH(Imported("lightning.ckpt", {.selection = {.key = "state_dicts"}}),
                    ContainsSubstring("has no entry 'state_dicts'; it has 'epoch'"));
  CHECK_THROWS_WITH(Imported("lightning.ckpt", {.selection = {.key = "epoch"}}),
                    ContainsSubstring("the number 0, in which there is no tensor"));
}

TEST_CASE("legacy containers give the same as zip", "[import][convert]") {
  const Imported swav("swav.pth.tar", {.prefix = "module."});
  CHECK(swav.report.container == "legacy");
  CHECK(swav.names() == Names{"bn1.num_batches_tracked", "bn1.running_var", "conv1.weight", "prototypes.weight"});
  CHECK(swav.entry("conv1.weight").shape == Shape{2, 3, 1, 1});
  CHECK(swav.values("conv1.weight") == Values{600, 601, 602, 603, 604, 605});
  CHECK(swav.values<int64_t>("bn1.num_batches_tracked") == std::vector<int64_t>{800});
  CHECK(Imported("lpips.pth").values("lin1.model.1.weight") == Values{1100, 1101, 1102});
  CHECK(Imported("dinov2.pth").names() == Names{"blocks.0.ls1.gamma", "cls_token", "pos_embed"});
}

TEST_CASE("views of shared storages come out row by row, every dtype as it is", "[import][convert]") {
  const Imported imported("layouts.pt");
  CHECK(imported.values("whole") == Values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(imported.values("transposed") == Values{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});  // [4, 3], strides 1, 4
  CHECK(imported.values("tail") == Values{8, 9, 10, 11});
  CHECK(imported.entry("brain").dtype == "BF16");
  CHECK(imported.values<uint16_t>("brain") == std::vector<uint16_t>{0, 0x3f80, 0x4000});  // 0, 1, 2
  CHECK(imported.entry("mask").dtype == "BOOL");
  CHECK(imported.values<uint8_t>("mask") == std::vector<uint8_t>{0, 1, 0, 1});
  CHECK(imported.values<double>("precise").at(1) - imported.values<double>("precise").at(0) == 1);
  CHECK(imported.entry("empty").shape == Shape{0, 3});
}

TEST_CASE("a whole module is read as records: its parameters and buffers, no class", "[import][convert]") {
  for (const char* file : {"module.pt", "module_legacy.pt"}) {
    INFO(file);
    const Imported imported(file);
    CHECK(imported.report.holds == "an object of class models.net.Net");
    CHECK(imported.names() == Names{"blocks.running_mean", "blocks.weight", "cls_token"});  // not the scratch buffer
    CHECK(imported.entry("cls_token").shape == Shape{1, 1, 4});
    const auto weight = imported.values("blocks.weight");
    REQUIRE(weight.size() == 6);
    CHECK(weight[5] - weight[0] == 5);
  }
}

TEST_CASE("what wants to be executed is refused by name and place, and not executed", "[import][convert]") {
  fs::remove("/tmp/bgraph-was-here");
  CHECK_THROWS_WITH(Imported("os_system.pt"),
                    ContainsSubstring("files/os_system.pt, os_system/data.pkl, byte ") &&
                        ContainsSubstring("asks for posix.system"));
  CHECK_FALSE(fs::exists("/tmp/bgraph-was-here"));
  CHECK_THROWS_WITH(Imported("eval.pt"), ContainsSubstring("asks for ") && ContainsSubstring(".eval"));
  CHECK_THROWS_WITH(Imported("unknown_call.pt"), ContainsSubstring("asks to call models.net.make"));
  CHECK_THROWS_WITH(Imported("script.pt"), ContainsSubstring("TorchScript archive"));
  // Named as inert, the unknown call is a record; os.system is not to be had even so.
  CHECK(Imported("unknown_call.pt", {.selection = {.inert = {"models.net.make"}}}).names() == Names{"weight"});
  CHECK_THROWS_WITH(Imported("os_system.pt", {.selection = {.inert = {"posix.system"}}}),
                    ContainsSubstring("asks for posix.system"));
}

TEST_CASE("files that are none of PyTorch's are told what they are", "[import][convert]") {
  const Scratch scratch;
  const auto refused = [&](const std::string& content) -> std::string {
    std::ofstream(scratch.path / "x.pt", std::ios::binary) << content;
    try {
      convert_in_child({.file = scratch.path / "x.pt", .out = scratch.path / "x.safetensors"});
    } catch (const Error& error) {
      CHECK_FALSE(fs::exists(scratch.path / "x.safetensors"));
      return error.what();
    }
    return "";
  };
  CHECK_THAT(refused(""), ContainsSubstring("is no PyTorch file"));
  CHECK_THAT(refused("hello"), ContainsSubstring("is no PyTorch file"));
  CHECK_THAT(refused("\x80\x02}q."), ContainsSubstring("is a pickle, but none that torch.save wrote"));
  CHECK_THAT(refused(std::string(257, 'x') + "ustar  "), ContainsSubstring("is a tar archive"));
  CHECK_THAT(refused("PK\x03\x04"), ContainsSubstring("no sound zip archive"));
  CHECK_THROWS_WITH(convert_in_child({.file = scratch.path / "none.pt", .out = "x"}), ContainsSubstring("none.pt"));
  CHECK_THROWS_WITH(convert_in_child({.file = scratch.path, .out = "x"}), ContainsSubstring("is a folder"));
}

TEST_CASE("the same checkpoint gives the same bytes, and an old output stays until the new one is whole",
          "[import][convert]") {
  const Scratch scratch;
  const Request request{.file = "files/layouts.pt", .out = scratch.path / "a.safetensors"};
  convert(request);
  const std::string first = store::read_text(request.out);
  convert(request);
  CHECK(store::read_text(request.out) == first);
  Request wrong = request;
  wrong.file = "files/eval.pt";
  CHECK_THROWS_AS(convert(wrong), Error);
  CHECK(store::read_text(request.out) == first);
  CHECK(std::distance(fs::directory_iterator(scratch.path), {}) == 1);
}
