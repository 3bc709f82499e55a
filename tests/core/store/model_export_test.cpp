// A Model leaves the store as one file: weights under their own names, the recipe in the metadata.
#include "../scratch.h"

#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/model_export.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/contract/value_header.h>
#include <bgraph/sdk/testing/catch.h>

#include <cstring>

using namespace bgraph;
using namespace bgraph::store;
namespace fs = std::filesystem;

namespace {

struct Stored {
  std::string name, dtype, bytes;
  std::vector<int64_t> shape;
};

std::string ids(const std::vector<int64_t>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(int64_t)};
}

Json recipe(const char* component, Json parts) {
  return {{"component", component}, {"build_id", "0123"}, {"params", {{"width", 3}}}, {"notes", {{"name", "n"}}},
          {"trained_space", "toy"}, {"parts", std::move(parts)}};
}

/// A value folder as the SDK writes it.
void write_value(const fs::path& folder, const std::string& type, const Json& meta, const std::vector<Stored>& tensors) {
  ValueHeader header{.type = type, .meta = meta};
  std::vector<SafetensorsEntry> entries;
  for (const auto& tensor : tensors) {
    entries.push_back({tensor.name, tensor.dtype, tensor.shape});
    header.tensors.push_back({tensor.name, tensor.dtype, tensor.shape,
                              digest_blocks(std::as_bytes(std::span(tensor.bytes.data(), tensor.bytes.size())))});
  }
  std::string text = safetensors_prefix(entries, {});
  for (const auto& entry : entries)
    for (const auto& tensor : tensors)
      if (tensor.name == entry.name) text += tensor.bytes;
  write_durably(folder / kPayloadFile, text);
  write_durably(folder / kValueFile, to_json(header).dump());
}

std::vector<Stored> model_tensors() {
  return {{"weight.fc.weight", "F32", "aaaabbbbcccc", {3}},
          {"trained_on", "I64", ids({8, 7, 9, 30}), {4}},
          {"eye/weight.fc.weight", "U8", "xy", {2}},
          {"eye/trained_on", "I64", ids({5}), {1}}};
}

}  // namespace

TEST_CASE("an exported model holds weights, recipe and ranges of images, and no build id", "[store][model_export]") {
  const Scratch scratch;
  write_value(scratch.path / "value", "Model", {{"recipe", recipe("a.b", {{"eye", recipe("c.d", Json::object())}})}},
              model_tensors());
  export_model(scratch.path / "value", scratch.path / "m.safetensors");

  const MappedFile file(scratch.path / "m.safetensors");
  const auto header = parse_safetensors(file.bytes(), "m");
  REQUIRE(header.entries.size() == 2);
  for (const auto& entry : header.entries) {
    const std::string bytes(reinterpret_cast<const char*>(file.bytes().data()) + entry.begin, entry.end - entry.begin);
    CHECK(bytes == (entry.name == "fc.weight" ? "aaaabbbbcccc" : "xy"));
    CHECK((entry.name == "fc.weight" || entry.name == "eye/fc.weight"));
  }
  const Json stored = Json::parse(header.metadata.at(kRecipeMetadata));
  CHECK(stored.at("component") == "a.b");
  CHECK(stored.at("trained_on") == Json({{7, 9}, {30, 30}}));
  CHECK(stored.at("parts").at("eye").at("component") == "c.d");
  CHECK(stored.at("parts").at("eye").at("trained_on") == Json({Json({5, 5})}));
  CHECK(!stored.contains("build_id"));
}

TEST_CASE("the same model gives the same file, whatever built it", "[store][model_export]") {
  const Scratch scratch;
  Json one = recipe("a.b", {{"eye", recipe("c.d", Json::object())}});
  Json other = one;
  other["build_id"] = "4567";
  write_value(scratch.path / "one", "Model", {{"recipe", one}}, model_tensors());
  write_value(scratch.path / "other", "Model", {{"recipe", other}}, model_tensors());
  export_model(scratch.path / "one", scratch.path / "1.safetensors");
  export_model(scratch.path / "other", scratch.path / "2.safetensors");
  CHECK(read_text(scratch.path / "1.safetensors") == read_text(scratch.path / "2.safetensors"));
}

TEST_CASE("only models are exported", "[store][model_export]") {
  const Scratch scratch;
  write_value(scratch.path / "value", "Tensor", Json::object(), {{"data", "U8", "xy", {2}}});
  CHECK_THROWS_WITH(export_model(scratch.path / "value", scratch.path / "m.safetensors"),
                    Catch::Matchers::ContainsSubstring("type Tensor"));
  CHECK(!fs::exists(scratch.path / "m.safetensors"));
}
