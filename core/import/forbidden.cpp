#include <bgraph/core/import/forbidden.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <array>
#include <string>

namespace bgraph::import {

namespace {

constexpr std::array<std::string_view, 30> kModules = {
    "_posixsubprocess", "_winapi", "asyncio", "bdb", "code", "codeop", "commands", "ctypes", "http", "importlib",
    "marshal", "multiprocessing", "nt", "os", "pdb", "pickle", "pip", "platform", "posix", "pty", "runpy", "shutil",
    "socket", "ssl", "subprocess", "sys", "tempfile", "timeit", "urllib", "webbrowser"};

// Of the built-in module only what holds data; its functions can reach everything else.
constexpr std::array<std::string_view, 17> kData = {
    "bool", "bytearray", "bytes", "complex", "dict", "Ellipsis", "float", "frozenset", "int", "list", "long",
    "object", "range", "set", "slice", "str", "tuple"};

template <class List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

void require_harmless(std::string_view name) {
  const std::string_view module = name.substr(0, name.find('.'));
  const std::string_view rest = name.substr(std::min(name.size(), module.size() + 1));
  const bool built_in = module == "builtins" || module == "__builtin__";
  if (!holds(kModules, module) && !(built_in && !holds(kData, rest)) && rest.find("__") == std::string_view::npos) return;
  throw Error("it asks for " + std::string(name) + ", which weights have no use for; nothing was executed",
              "do not open this file with anything that unpickles it, and ask where it came from");
}

}  // namespace bgraph::import
