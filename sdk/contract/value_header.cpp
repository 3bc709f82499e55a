#include <bgraph/sdk/contract/value_header.h>

#include <bgraph/sdk/contract/error.h>

#include <fstream>
#include <iterator>

namespace bgraph {

Digest ValueHeader::digest() const {
  FieldHasher hasher;
  hasher.text("type", type).text("meta", meta.dump());
  for (const auto& tensor : tensors) {
    hasher.text("tensor", tensor.name).text("dtype", tensor.dtype);
    for (const int64_t size : tensor.shape) hasher.integer("size", size);
    hasher.digest("content", tensor.content);
  }
  for (const auto& file : files) hasher.text("file", file.name).digest("content", file.content);
  return hasher.finish();
}

Json to_json(const ValueHeader& header) {
  Json tensors = Json::array(), files = Json::array();
  for (const auto& tensor : header.tensors)
    tensors.push_back({{"name", tensor.name},
                       {"dtype", tensor.dtype},
                       {"shape", tensor.shape},
                       {"content", tensor.content.hex()}});
  for (const auto& file : header.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"content", file.content.hex()}});
  return {{"type", header.type},
          {"digest", header.digest().hex()},
          {"meta", header.meta},
          {"tensors", tensors},
          {"files", files},
          {"provenance", header.provenance}};
}

ValueHeader read_value_header(const std::filesystem::path& folder) {
  const auto file = folder / kValueFile;
  std::ifstream in(file);
  if (!in) throw Error("no value at " + folder.string() + " (value.json is missing)");
  const std::string text(std::istreambuf_iterator<char>(in), {});  // whole: a parser that takes letters from a stream is slow
  try {
    const Json json = Json::parse(text);
    ValueHeader header;
    header.type = json.at("type");
    header.meta = json.at("meta");
    for (const auto& tensor : json.at("tensors"))
      header.tensors.push_back({tensor.at("name"), tensor.at("dtype"), tensor.at("shape"),
                                Digest::from_hex(tensor.at("content").get<std::string>())});
    for (const auto& entry : json.at("files"))
      header.files.push_back({entry.at("name"), entry.at("bytes"),
                              Digest::from_hex(entry.at("content").get<std::string>())});
    header.provenance = json.at("provenance");
    return header;
  } catch (const Json::exception& error) {
    throw Error(file.string() + " is damaged: " + error.what(),
                "remove the value; it is computed again");
  }
}

}  // namespace bgraph
