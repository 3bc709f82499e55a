#include <bgraph/core/cli/evaluation_graph.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/contract/safetensors.h>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

/// Which component the weights of a judge belong to, where the file does not say: names as published, imported.
struct Judge {
  const char* name;
  const char* component;
  const char* loading;  // further lines of io.load_weights
};
constexpr Judge kJudges[] = {
    {"alexnet", "features.alexnet", "ignore = [\"classifier.*\"]\n"},
    {"inception", "features.inception_v3", "ignore = [\"fc.*\", \"AuxLogits.*\", \"*.num_batches_tracked\"]\n"},
    {"clip", "features.openai_clip", "prefixes = { \"visual.\" = \"\" }\n"},
    {"efficientnet", "features.efficientnet", "ignore = [\"classifier.*\", \"*.num_batches_tracked\"]\n"},
    {"swav", "features.resnet",
     "prefixes = { \"module.\" = \"\", \"\" = \"\" }\n"
     "ignore = [\"*projection_head*\", \"*prototypes*\", \"*fc.*\", \"*.num_batches_tracked\"]\n"},
    {"lpips", "features.lpips",  // one file, or an index of two: the heads and AlexNet's convolutions
     "prefixes = { \"lin\" = \"lin\", \"features.\" = \"network/features.\" }\nignore = [\"classifier.*\"]\n"
     "parts = { network = { component = \"features.alexnet\", settings = { taps = [\"features.1\", \"features.4\", \"features.7\", "
     "\"features.9\", \"features.11\"] } } }\n"},
};

/// A TOML string; its escapes are those of JSON.
std::string quoted(const std::string& text) { return Json(text).dump(); }
std::string quoted_path(const fs::path& path) { return quoted(fs::absolute(path).lexically_normal().string()); }

bool is_picture(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  static const std::set<std::string> known = {".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff", ".webp"};
  return known.count(ending) > 0;
}

/// The last number in a file's name, "" if there is none: "recon_0123.png" -> "123".
std::string number_in(const fs::path& file) {
  const std::string stem = file.stem().string();
  const size_t last = stem.find_last_of("0123456789");
  if (last == std::string::npos) return {};
  const size_t before = stem.find_last_not_of("0123456789", last);
  const size_t first = before == std::string::npos ? 0 : before + 1;
  const std::string digits = stem.substr(first, last + 1 - first);
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

struct PictureFolder {
  std::set<std::string> stems, numbers;
  bool numbered = false;  // every name holds a number, each once
};

PictureFolder pictures_of(const fs::path& folder) {
  PictureFolder found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!is_picture(entry.path())) continue;
    found.stems.insert(entry.path().stem().string());
    if (const std::string number = number_in(entry.path()); !number.empty()) found.numbers.insert(number);
  }
  found.numbered = !found.stems.empty() && found.numbers.size() == found.stems.size();
  return found;
}

/// A node that reads pictures, whatever holds them. All have one numbering, so that rows find each other.
std::string images_node(const std::string& node, const fs::path& source, bool by_number) {
  if (fs::is_directory(source))
    return fmt::format("[nodes.{}]\ntype = \"io.image_folder\"\nfolder = {}\nsize = 0\nids = \"{}\"\nid_space = \"evaluated\"\n\n", node,
                       quoted_path(source), by_number ? "number" : "order");
  const std::string ending = source.extension().string();
  if (ending != ".npy" && ending != ".safetensors")
    throw Error(source.string() + " is neither a folder of pictures nor a .npy or .safetensors file",
                ending == ".pt" || ending == ".pth" ? "`bgraph import` turns it into safetensors" : "");
  return fmt::format("[nodes.{}]\ntype = \"io.image_array\"\nfile = {}\nid_space = \"evaluated\"\n\n", node, quoted_path(source));
}

bool carries_recipe(const fs::path& file) {
  if (file.extension() != ".safetensors") return false;
  const MappedFile mapped(file);
  return parse_safetensors(mapped.bytes(), file.string()).metadata.count(kRecipeMetadata) > 0;
}

std::string network_node(const std::string& name, const fs::path& file) {
  std::vector<std::string> known;
  for (const auto& judge : kJudges) {
    known.emplace_back(judge.name);
    if (name != judge.name) continue;
    if (!fs::is_regular_file(file)) throw Error("network " + name + ": there is no file " + file.string());
    if (carries_recipe(file)) return fmt::format("[nodes.{}]\ntype = \"io.load_model\"\nfile = {}\n\n", name, quoted_path(file));
    return fmt::format("[nodes.{}]\ntype = \"io.load_weights\"\nfile = {}\ncomponent = \"{}\"\n{}\n", name, quoted_path(file),
                       judge.component, judge.loading);
  }
  std::string all;
  for (const auto& judge : known) all += (all.empty() ? "" : ", ") + judge;
  throw Error("no protocol asks for a network '" + name + "', only " + all, did_you_mean(name, known));
}

/// Folders are matched by the numbers in their names, or by the names. Error if neither agrees.
bool match_by_number(const Evaluation& asked) {
  std::vector<fs::path> folders;
  if (fs::is_directory(asked.seen)) folders.push_back(asked.seen);
  for (const auto& method : asked.methods)
    for (const auto& source : method.sources)
      if (fs::is_directory(source)) folders.push_back(source);
  bool numbered = true;
  for (const auto& folder : folders) numbered &= pictures_of(folder).numbered;
  if (numbered) return true;
  const auto reference = pictures_of(folders.front()).stems;
  for (const auto& folder : folders)
    for (const auto& stem : pictures_of(folder).stems)
      if (reference.count(stem) == 0)
        throw Error(fmt::format("{} holds '{}', {} does not", folder.string(), stem, folders.front().string()),
                    "name a reconstruction as the picture that was seen, or put one number into every name");
  return false;
}

}  // namespace

EvaluatedMethod read_method(const std::string& text) {
  EvaluatedMethod method;
  const size_t equals = text.find('=');
  std::string sources = text;
  if (equals != std::string::npos && !fs::exists(text)) method.name = text.substr(0, equals), sources = text.substr(equals + 1);
  for (size_t from = 0; from <= sources.size();) {
    const size_t to = fs::exists(sources) ? sources.size() : std::min(sources.find(',', from), sources.size());
    method.sources.emplace_back(sources.substr(from, to - from));
    from = to + 1;
  }
  for (const auto& source : method.sources)
    if (!fs::exists(source)) throw Error("there is nothing at " + source.string(), "give a folder, a .npy or a .safetensors file");
  if (method.name.empty()) method.name = fs::absolute(method.sources.front() / "").parent_path().stem().string();
  return method;
}

std::string evaluation_graph(const Evaluation& asked) {
  const bool by_number = match_by_number(asked);
  std::string text = "[graph]\ntitle = \"Evaluation\"\n\n" + images_node("seen", asked.seen, by_number), names, images, inputs;
  size_t count = 0;
  for (const auto& method : asked.methods)
    for (const auto& source : method.sources) {
      const std::string node = fmt::format("images{}", ++count);
      text += images_node(node, source, by_number);
      names += (names.empty() ? "" : ", ") + quoted(method.name);
      images += (images.empty() ? "\"" : ", \"") + node + "\"";
    }
  inputs = fmt::format("images = [{}]\nseen = \"seen\"\n", images);
  if (!asked.outside.empty()) {
    text += images_node("outside", asked.outside, by_number);
    inputs += "outside = \"outside\"\n";
  }
  for (const auto& [name, file] : asked.networks) {
    text += network_node(name, file);
    inputs += fmt::format("{0} = \"{0}.model\"\n", name);
  }
  const bool own = asked.protocol.ends_with(".json");
  text += fmt::format("[nodes.scores]\ntype = \"metrics.paper\"\n{} = {}\nnames = [{}]\nrepeats = {}\nsessions = {}\n[nodes.scores.inputs]\n{}\n",
                      own ? "definition" : "protocol", own ? quoted_path(asked.protocol) : quoted(asked.protocol), names, asked.repeats,
                      asked.sessions, inputs);
  if (!asked.published.empty())
    text += fmt::format("[nodes.published]\ntype = \"metrics.published\"\nfile = {}\nwhich = {}\ninputs = {{ scores = \"scores.table\" }}\n",
                        quoted_path(asked.published_file), quoted(asked.published));
  return text;
}

}  // namespace bgraph::cli
