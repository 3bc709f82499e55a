#include "../scratch.h"

#include <bgraph/core/store/value_difference.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/testing/catch.h>

#include <cstring>
#include <fstream>

using namespace bgraph;
using namespace bgraph::store;

namespace {

Digest tensor(const Store& store, const std::vector<float>& data, std::vector<int64_t> shape, const std::string& split = "") {
  Publication draft(store, "test");
  std::vector<SafetensorsEntry> entries = {{"w", "F32", shape}};
  std::string bytes = safetensors_prefix(entries, {});
  bytes.append(reinterpret_cast<const char*>(data.data()), data.size() * sizeof(float));
  std::ofstream(draft.folder() / kPayloadFile, std::ios::binary) << bytes;
  ValueHeader header{.type = "Tensor", .meta = {{"split", split}}};
  header.tensors.push_back({"w", "F32", shape, digest_blocks(std::as_bytes(std::span(data)))});
  return draft.publish(header);
}

Digest text(const Store& store, const std::string& content) {
  Publication draft(store, "test");
  std::ofstream(draft.folder() / "t.csv") << content;
  ValueHeader header{.type = "Table"};
  header.files.push_back({"t.csv", static_cast<int64_t>(content.size()), digest_file(draft.folder() / "t.csv")});
  return draft.publish(header);
}

}  // namespace

TEST_CASE("two values are compared down to the first number that differs", "[store][value_difference]") {
  const Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const Digest a = tensor(store, {1, 2, 3, 4, 5, 6}, {2, 3});
  CHECK(value_differences(store, a, store, a).empty());
  CHECK(value_differences(store, a, store, tensor(store, {1, 2, 3, 4.5, 5, 7}, {2, 3})) ==
        std::vector<std::string>{"tensor w: 2 of 6 differ, largest difference 1, first at [1, 0]: 4 -> 4.5"});
  CHECK(value_differences(store, a, store, tensor(store, {1, 2, 3, 4, 5, 6}, {3, 2})) ==
        std::vector<std::string>{"tensor w: shape [2, 3] -> [3, 2]"});
  CHECK(value_differences(store, a, store, tensor(store, {1, 2, 3, 4, 5, 6}, {2, 3}, "test")) ==
        std::vector<std::string>{"meta split: \"\" -> \"test\""});
  const Digest table = text(store, "a,1\nb,2\n");
  CHECK(value_differences(store, a, store, table) == std::vector<std::string>{"type: Tensor -> Table"});
  CHECK(value_differences(store, table, store, text(store, "a,1\nb,3\n")) ==
        std::vector<std::string>{"file t.csv: line 2: b,2 -> b,3"});
  CHECK(value_differences(store, table, store, text(store, "a,1\n")) ==
        std::vector<std::string>{"file t.csv: line 2: b,2 -> (end)"});
}
