#include <bgraph/sdk/contract/declared_ports.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <regex>
#include <sstream>

namespace bgraph {

namespace {

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' '), end = text.find_last_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

std::vector<std::string> pieces(const std::string& text, char separator) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string piece; std::getline(stream, piece, separator);) all.push_back(trimmed(piece));
  return all;
}

struct Declared {
  PortSpec port;
  std::vector<std::string> flags;
};

constexpr size_t kLongest = 200;  // std::regex goes one call deeper per letter: a long text would end the stack

Declared parse(const std::string& text, bool list_allowed) {
  if (text.size() > kLongest)
    throw Error("'" + text.substr(0, 40) + "...' declares no port: " + std::to_string(text.size()) + " letters, at most " +
                std::to_string(kLongest));
  static const std::regex kForm(R"(\s*([A-Za-z_][A-Za-z0-9_]*)\s*:\s*(list of )?\s*([A-Za-z]+)\s*(\[([^\]]*)\])?\s*((,[^,]*)*))");
  std::smatch parts;
  if (!std::regex_match(text, parts, kForm))
    throw Error("'" + text + "' declares no port", list_allowed ? "\"NAME: TYPE\", as in \"betas: list of Betas, fits\""
                                                                : "\"NAME: TYPE\", as in \"spectrum: Tensor [V]\"");
  Declared declared;
  declared.port.name = parts[1];
  declared.port.list = parts[2].matched;
  declared.port.type = parts[3];
  const auto& types = value_types();
  if (std::find(types.begin(), types.end(), declared.port.type) == types.end())
    throw Error("'" + text + "': there is no type '" + declared.port.type + "'", did_you_mean(declared.port.type, types));
  if (declared.port.list && !list_allowed) throw Error("'" + text + "': an output is one value, not a list");
  if (parts[4].matched) declared.port.dims = pieces(parts[5], ',');
  if (declared.port.type != "Tensor" && !declared.port.dims.empty())
    throw Error("'" + text + "': only a Tensor has dims");
  for (const auto& flag : pieces(parts[6], ','))
    if (!flag.empty()) declared.flags.push_back(flag);
  declared.port.doc = "declared by the graph";
  return declared;
}

[[noreturn]] void unknown_flag(const std::string& text, const std::string& flag, const std::vector<std::string>& known) {
  throw Error("'" + text + "': '" + flag + "' says nothing about a port", did_you_mean(flag, known));
}

void add(std::vector<PortSpec>& ports, const Json& texts, PortSpec (*read)(const std::string&)) {
  if (!texts.is_array()) return;
  for (const auto& text : texts) {
    if (!text.is_string()) continue;  // the check of parameters tells that
    PortSpec port = read(text.get<std::string>());
    for (const auto& other : ports)
      if (other.name == port.name) throw Error("the port '" + port.name + "' is declared twice");
    ports.push_back(std::move(port));
  }
}

}  // namespace

const std::vector<std::string>& value_types() {
  static const std::vector<std::string> types = {"Tensor",   "Images",     "Betas", "Voxels", "VoxelTable",
                                                 "Features", "ClusterMap", "Model", "Table",  "Figure"};
  return types;
}

PortSpec input_from_text(const std::string& text) {
  Declared declared = parse(text, true);
  for (const auto& flag : declared.flags) {
    if (flag == "optional") declared.port.optional = true;
    else if (flag == "fits") declared.port.fits = true;
    else if (flag == "transductive") declared.port.fits = declared.port.transductive = true;
    else unknown_flag(text, flag, {"optional", "fits", "transductive"});
  }
  return declared.port;
}

PortSpec output_from_text(const std::string& text) {
  Declared declared = parse(text, false);
  constexpr std::string_view kSplitFlag = "split ";
  for (const auto& flag : declared.flags) {
    if (!flag.starts_with(kSplitFlag)) unknown_flag(text, flag, {"split train"});
    static const std::vector<std::string> kSplits = {"train", "validation", "test", "external", "truth"};
    declared.port.split = trimmed(flag.substr(kSplitFlag.size()));
    if (std::find(kSplits.begin(), kSplits.end(), declared.port.split) == kSplits.end())
      throw Error("'" + text + "': there is no split '" + declared.port.split + "'",
                  "train, validation, test, external or truth");
  }
  return declared.port;
}

NodeSpec with_declared_ports(NodeSpec spec, const Json& takes, const Json& gives) {
  spec.inputs.clear();
  spec.outputs.clear();
  add(spec.inputs, takes, input_from_text);
  add(spec.outputs, gives, output_from_text);
  return spec;
}

}  // namespace bgraph
