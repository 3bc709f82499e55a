#include <bgraph/core/import/gather.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>

namespace bgraph::import {

namespace {

using Kind = Record::Kind;

constexpr int kDeepest = 200;
constexpr size_t kLongestName = 1000;

class Walk {
 public:
  explicit Walk(Arena& arena) : arena_(arena) {}

  void visit(const Record& record, const std::string& path, int depth) {
    arena_.charge(1);  // a small pickle can share one list so often that walking it would never end
    if (depth > kDeepest) throw Error("'" + path.substr(0, 80) + "...' is nested deeper than 200 levels");
    switch (record.kind) {
      case Kind::tensor: add(record, path); break;
      case Kind::table: visit_entries(record, path, depth); break;
      case Kind::list:
        for (size_t i = 0; i < record.items.size(); ++i) visit(*record.items[i], joined(path, std::to_string(i)), depth + 1);
        break;
      case Kind::object: visit_object(record, path, depth); break;
      default: break;
    }
  }

  std::map<std::string, const Record*> tensors;

 private:
  static std::string joined(const std::string& path, const std::string& name) {
    if (path.size() + name.size() > kLongestName) throw Error("a tensor's name has more than 1000 letters");
    return path.empty() ? name : path + "." + name;
  }

  void add(const Record& tensor, const std::string& path) {
    if (!tensors.emplace(path, &tensor).second) throw Error("two tensors are called '" + path + "'");
  }

  void visit_entries(const Record& record, const std::string& path, int depth) {
    for (const auto& [key, value] : record.entries) {
      if (key->kind != Kind::text && key->kind != Kind::integer) continue;  // nothing a state dictionary has
      const bool counted = key->kind == Kind::integer;
      visit(*value, joined(path, counted ? std::to_string(key->integer) : std::string(key->text.substr(0, kLongestName + 1))),
            depth + 1);
    }
  }

  void visit_object(const Record& record, const std::string& path, int depth) {
    const Record* parameters = find(record, "_parameters");
    const Record* buffers = find(record, "_buffers");
    const Record* modules = find(record, "_modules");
    if (!parameters && !buffers && !modules) {
      visit_entries(record, path, depth);
      if (record.state && record.state->kind == Kind::table) visit_entries(*record.state, path, depth);
      return;
    }
    if (parameters) visit_entries(*parameters, path, depth);
    if (buffers) visit_buffers(*buffers, find(record, "_non_persistent_buffers_set"), path, depth);
    if (modules) visit_entries(*modules, path, depth);
  }

  void visit_buffers(const Record& buffers, const Record* left_out, const std::string& path, int depth) {
    Record kept = buffers;
    if (left_out)
      std::erase_if(kept.entries, [&](const auto& entry) {
        return std::any_of(left_out->items.begin(), left_out->items.end(), [&](const Record* name) {
          return name->kind == Kind::text && entry.first->kind == Kind::text && name->text == entry.first->text;
        });
      });
    visit_entries(kept, path, depth);
  }

  Arena& arena_;
};

}  // namespace

std::map<std::string, const Record*> gather(const Record& value, Arena& arena) {
  Walk walk(arena);
  walk.visit(value, "", 0);
  return std::move(walk.tensors);
}

}  // namespace bgraph::import
