#include <bgraph/core/graph/parts.h>

#include <bgraph/core/graph/merge.h>
#include <bgraph/core/graph/paths.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace bgraph::graph {

namespace {

constexpr std::string_view kInputs = "inputs.";

/// Gives references inside a part their meaning outside it.
class Rewriter {
 public:
  Rewriter(std::string prefix, const Value& declared, const Value& given,
           std::vector<Problem>& problems)
      : prefix_(std::move(prefix)), declared_(declared), given_(given), problems_(problems) {}

  /// Every reference in a table of inputs.
  void rewrite(Value& inputs) {
    for (auto& entry : inputs.entries) entry.value = rewritten(entry.value);
  }

  bool used(const std::string& input) const { return used_.count(input) > 0; }

 private:
  Value rewritten(const Value& value) {
    if (value.kind == Value::Kind::list) {
      Value list = value;
      list.items.clear();
      for (const auto& item : value.items) {
        Value one = rewritten(item);
        if (one.kind != Value::Kind::list)
          list.items.push_back(std::move(one));
        else
          list.items.insert(list.items.end(), one.items.begin(), one.items.end());
      }
      return list;
    }
    if (!value.is_text()) return value;  // reported by the check of wiring
    if (value.text().starts_with(kInputs)) return outer(value);
    Value inner = value;
    inner.scalar = prefix_ + value.text();
    return inner;
  }

  Value outer(const Value& value) {
    const std::string name = value.text().substr(kInputs.size());
    used_.insert(name);
    if (const Value* given = given_.find(name)) return *given;
    if (!declared_.find(name))
      problems_.push_back({value.span,
                           fmt::format("this part declares no input '{}'", name),
                           {},
                           did_you_mean(name, keys_of(declared_))});
    Value unknown = value;  // counts as wired: the cause has been told
    unknown.scalar = nullptr;
    return unknown;
  }

  std::string prefix_;
  const Value& declared_;
  const Value& given_;
  std::vector<Problem>& problems_;
  std::set<std::string> used_;
};

const Value kNothing;

const Value& table(const Value& parent, std::string_view key) {
  const Value* found = parent.find(key);
  return found ? *found : kNothing;
}

void check_given(const Entry& part, const std::string& file, const Value& declared,
                 std::vector<Problem>& problems) {
  const Value& given = table(part.value, "inputs");
  for (const auto& entry : given.entries)
    if (!declared.find(entry.key))
      problems.push_back(
          {entry.span,
           fmt::format("part '{}' ({}) has no input '{}'", part.key, file, entry.key),
           {},
           did_you_mean(entry.key, keys_of(declared))});
  for (const auto& entry : declared.entries)
    if (!given.find(entry.key))
      problems.push_back(
          {part.span,
           fmt::format("part '{}' ({}): input '{}' is not wired", part.key, file, entry.key),
           entry.value.is_text() ? std::vector{entry.key + ": " + entry.value.text()}
                                 : std::vector<std::string>{},
           fmt::format("inputs = {{ {} = \"NODE.PORT\" }}", entry.key)});
}

/// Every reference in the nodes and parts of a document.
void rewrite(Value& document, Rewriter& rewriter) {
  for (const char* kind : {"nodes", "parts"})
    if (Value* named = document.find(kind))
      for (auto& entry : named->entries)
        if (Value* inputs = entry.value.find("inputs")) rewriter.rewrite(*inputs);
}

/// What only the graph that is run may say.
void check_part_settings(const Value& document, std::vector<Problem>& problems) {
  for (const auto& entry : table(document, "graph").entries)
    if (entry.key != "title" && entry.key != "description")
      problems.push_back({entry.span,
                          fmt::format("'{}' in a part has no effect", entry.key),
                          {},
                          "set it in the graph that is run"});
  if (const Entry* sweep = document.entry("sweep"))
    problems.push_back(
        {sweep->span, "[sweep] in a part has no effect", {}, "set it in the graph that is run"});
}

std::vector<Entry> bring_in(const Entry& part, const std::string& prefix, Chain& chain,
                            std::vector<std::string> files) {
  const Value* path = part.value.find("file");
  if (!path) {
    chain.problems().push_back({part.span,
                                fmt::format("part '{}' names no file", part.key),
                                {},
                                "file = \"parts/NAME.toml\""});
    return {};
  }
  const auto file = beside(path->span.place, path->text());
  if (std::find(files.begin(), files.end(), file.string()) != files.end()) {
    chain.problems().push_back(
        {path->span, fmt::format("part '{}' contains itself: {}", part.key, file.string())});
    return {};
  }
  const size_t before = chain.problems().size();
  Value document = chain.read_named(file, path->span);
  if (document.entries.empty() && chain.problems().size() > before) return {};
  files.push_back(file.string());

  check_part_settings(document, chain.problems());
  if (const Value* nodes = part.value.find("nodes")) {
    if (!document.find("nodes")) document.entries.push_back({"nodes", nodes->span, Value{}});
    merge_named(*document.find("nodes"), *nodes, Onto::graph, "node", chain.problems());
  }
  const Value declared = table(document, "inputs");
  check_given(part, file.string(), declared, chain.problems());

  const std::string inner = prefix + part.key + ".";
  Rewriter rewriter(inner, declared, table(part.value, "inputs"), chain.problems());
  rewrite(document, rewriter);
  for (const auto& entry : declared.entries)
    if (!rewriter.used(entry.key))
      chain.problems().push_back(
          {entry.span, fmt::format("input '{}' of this part is read by no node in it", entry.key)});
  return flatten(std::move(document), inner, chain, files);
}

}  // namespace

void leave_inputs_open(Value& document, std::vector<Problem>& problems) {
  const Value declared = table(document, "inputs");
  Rewriter rewriter("", declared, kNothing, problems);
  rewrite(document, rewriter);
}

std::vector<Entry> flatten(Value document, const std::string& prefix, Chain& chain, std::vector<std::string> files) {
  std::vector<Entry> nodes;
  if (Value* own = document.find("nodes")) nodes = std::move(own->entries);
  std::set<std::string> names;
  for (auto& node : nodes) {
    names.insert(node.key);
    const size_t dot = node.key.find('.');
    const std::string part = node.key.substr(0, dot);
    if (dot != std::string::npos && table(document, "parts").find(part))
      chain.problems().push_back(
          {node.span,
           fmt::format("'{}' is a node inside the part '{}'", node.key, part),
           {},
           fmt::format("change it under [parts.{}.nodes.{}]", part, node.key.substr(dot + 1))});
    if (!prefix.empty()) node.key = prefix + node.key;
  }
  for (const auto& part : table(document, "parts").entries) {
    if (names.count(part.key) > 0)
      chain.problems().push_back(
          {part.span, fmt::format("'{}' names both a node and a part", part.key)});
    for (auto& node : bring_in(part, prefix, chain, files)) nodes.push_back(std::move(node));
  }
  return nodes;
}

}  // namespace bgraph::graph
