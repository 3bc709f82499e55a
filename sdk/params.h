// Parameters, declared once as data.
//
//   struct NoiseCeilingParams {
//     int64_t trials = 3;
//     template <class Visitor>
//     void visit(Visitor& field) {
//       field("trials", trials, at_least(1), "presentations averaged per image");
//     }
//   };
//
// A member of type Json is a table of its own, { key = value, ... }: give it the default Json::object().
//
// The same visit() fills the struct from a graph and writes the manifest, so defaults, ranges, help, schema
// and messages cannot drift apart. The initial value of a member is its default.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

namespace bgraph {

/// A file or folder named in a graph. It enters keys by its content, never by its path.
struct File {
  std::string path;
};
struct Folder {
  std::string path;
};

/// What a value may be, beyond its C++ type.
struct Rule {
  Json minimum, maximum;
  bool above_minimum = false;
  std::vector<std::string> choices;
  bool required = false;     // no default: the graph must give it
  bool operational = false;  // changes no result: not in the key
  std::vector<std::string> files;  // of a folder: which of its files are read
};

Rule any();
Rule required();
Rule at_least(double low);
Rule above(double low);
Rule between(double low, double high);
Rule one_of(std::initializer_list<const char*> choices);
Rule operational(Rule rule);
/// A folder that must be given and of which only some files are read: patterns relative to it, in which '*' stands for
/// letters other than '/' and {name} for the value of another parameter (for each, when it is a list). Only these enter
/// the key and `bgraph data plan`.
Rule reads(std::vector<std::string> files);

namespace detail {

template <class T>
constexpr ParamKind kind_of() {
  if constexpr (std::is_same_v<T, bool>) return ParamKind::boolean;
  else if constexpr (std::is_integral_v<T>) return ParamKind::integer;
  else if constexpr (std::is_floating_point_v<T>) return ParamKind::number;
  else if constexpr (std::is_same_v<T, std::string>) return ParamKind::text;
  else if constexpr (std::is_same_v<T, File>) return ParamKind::file;
  else if constexpr (std::is_same_v<T, Folder>) return ParamKind::folder;
  else if constexpr (std::is_same_v<T, Json>) return ParamKind::table;
  else if constexpr (std::is_same_v<T, std::vector<int64_t>>) return ParamKind::integers;
  else if constexpr (std::is_same_v<T, std::vector<double>>) return ParamKind::numbers;
  else {
    static_assert(std::is_same_v<T, std::vector<std::string>>, "not a parameter type");
    return ParamKind::texts;
  }
}

template <class T>
constexpr bool is_path_v = std::is_same_v<T, File> || std::is_same_v<T, Folder>;

ParamSpec make_spec(const char* name, ParamKind kind, Json fallback, const Rule& rule,
                    const char* doc);

/// Collects the declarations.
class ParamDescriber {
 public:
  template <class T>
  void operator()(const char* name, T& member, const Rule& rule, const char* doc) {
    if constexpr (is_path_v<T>) specs.push_back(make_spec(name, kind_of<T>(), member.path, rule, doc));
    else specs.push_back(make_spec(name, kind_of<T>(), member, rule, doc));
  }
  std::vector<ParamSpec> specs;
};

/// Fills the members from canonical parameters (complete, already checked).
class ParamReader {
 public:
  explicit ParamReader(const Json& params) : params_(params) {}
  template <class T>
  void operator()(const char* name, T& member, const Rule&, const char*) {
    if constexpr (is_path_v<T>) member.path = params_.at(name).template get<std::string>();
    else member = params_.at(name).template get<T>();
  }

 private:
  const Json& params_;
};

}  // namespace detail

template <class Params>
std::vector<ParamSpec> describe_params() {
  Params params;
  detail::ParamDescriber describer;
  params.visit(describer);
  return describer.specs;
}

/// Params from canonical JSON; missing keys take their defaults, unknown ones are an Error.
template <class Params>
Params read_params(const Json& given, const std::string& owner) {
  const Json canonical = canonical_params(describe_params<Params>(), given, owner);
  Params params;
  detail::ParamReader reader(canonical);
  params.visit(reader);
  return params;
}

}  // namespace bgraph
