#include <bgraph/sdk/contract/safetensors_index.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/manifest.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

namespace bgraph {

namespace {

constexpr std::string_view kIndexEnding = ".safetensors.index.json";
constexpr std::string_view kShardEnding = ".safetensors";
constexpr uintmax_t kLargestIndex = 100'000'000;  // as for the header of one file

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(name + " is not a valid safetensors index: " + why, "fetch or write the file again");
}

bool is_plain_name(const std::string& file) {
  return file.size() > kShardEnding.size() && file.ends_with(kShardEnding) && file.front() != '.' &&
         file.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

}  // namespace

bool is_safetensors_index(const std::filesystem::path& file) {
  return file.filename().string().ends_with(kIndexEnding);
}

std::map<std::string, std::string> parse_safetensors_index(std::string_view text, const std::string& name) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) refuse(name, "it is not JSON");
  if (!json.is_object() || !json.contains("weight_map") || !json.at("weight_map").is_object())
    refuse(name, "it has no table 'weight_map'");
  std::map<std::string, std::string> shards;
  for (const auto& [tensor, file] : json.at("weight_map").items()) {
    if (!file.is_string()) refuse(name, "tensor '" + tensor + "' is in " + file.dump() + ", expected a file name");
    if (!is_plain_name(file.get<std::string>()))
      refuse(name, "tensor '" + tensor + "' is in " + file.dump() +
                       ", expected the name of a .safetensors file beside the index, without a path");
    shards[tensor] = file;
  }
  return shards;
}

std::string read_safetensors_index(const std::filesystem::path& index) {
  std::error_code unknown;
  const uintmax_t size = std::filesystem::file_size(index, unknown);
  if (!unknown && size > kLargestIndex) refuse(index.string(), "it has " + std::to_string(size) + " bytes");
  std::ifstream in(index, std::ios::binary);
  if (!in) throw Error("cannot read " + index.string() + ": " + std::strerror(errno));
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> shards_of(const std::filesystem::path& index) {
  std::set<std::string> names;
  for (const auto& [tensor, file] : parse_safetensors_index(read_safetensors_index(index), index.string()))
    names.insert(file);
  std::vector<std::filesystem::path> files;
  for (const auto& name : names) files.push_back(index.parent_path() / name);
  return files;
}

}  // namespace bgraph
