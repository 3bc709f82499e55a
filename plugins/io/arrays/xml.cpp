#include "xml.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <expat.h>

#include <charconv>
#include <memory>

namespace bgraph::io {

namespace {

struct Building {
  XML_Parser parser;
  XmlElement root;
  std::vector<XmlElement*> open;
  size_t elements = 0;
  std::string problem;

  void stop(const char* why) {
    problem = why;
    XML_StopParser(parser, XML_FALSE);
  }
};

void begin(void* data, const XML_Char* name, const XML_Char** attributes) {
  auto& tree = *static_cast<Building*>(data);
  if (++tree.elements > 1000000 || tree.open.size() > 64) return tree.stop("too many or too deeply nested elements");
  tree.open.back()->children.push_back({.name = name, .text = {}, .attributes = {}, .children = {}});
  XmlElement& element = tree.open.back()->children.back();
  for (; *attributes; attributes += 2) element.attributes[attributes[0]] = attributes[1];
  tree.open.push_back(&element);
}

}  // namespace

std::vector<const XmlElement*> XmlElement::all(const std::string& child) const {
  std::vector<const XmlElement*> found;
  for (const auto& element : children)
    if (element.name == child) found.push_back(&element);
  return found;
}

const XmlElement* XmlElement::first(const std::string& child) const {
  const auto found = all(child);
  return found.empty() ? nullptr : found.front();
}

std::string XmlElement::attribute(const std::string& key) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? "" : found->second;
}

XmlElement parse_xml(std::string_view text, const std::string& path) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr), XML_ParserFree);
  Building tree{parser.get(), {}, {}, 0, {}};
  tree.open.push_back(&tree.root);
  XML_SetUserData(parser.get(), &tree);
  XML_SetElementHandler(parser.get(), begin, [](void* data, const XML_Char*) { static_cast<Building*>(data)->open.pop_back(); });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const XML_Char* letters, int count) {
    static_cast<Building*>(data)->open.back()->text.append(letters, static_cast<size_t>(count));
  });
  XML_SetEntityDeclHandler(parser.get(), [](void* data, auto...) { static_cast<Building*>(data)->stop("entities are not read"); });
  // In pieces: one call takes a signed 32-bit length.
  constexpr size_t kPiece = size_t{1} << 26;
  for (size_t at = 0; at < text.size() || at == 0; at += kPiece) {
    const auto piece = text.substr(at, kPiece);
    if (XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()), at + kPiece >= text.size()) == XML_STATUS_ERROR)
      throw wrong_file(path, "XML, line " + std::to_string(XML_GetCurrentLineNumber(parser.get())), "well formed",
                       tree.problem.empty() ? XML_ErrorString(XML_GetErrorCode(parser.get())) : "refused: " + tree.problem);
  }
  return std::move(tree.root.children.front());
}

int64_t whole_number(const XmlElement& element, const std::string& attribute, const std::string& path) {
  const std::string text = element.attribute(attribute);
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    throw wrong_file(path, element.name + "/@" + attribute, "a whole number", "'" + text + "'");
  return value;
}

std::vector<int64_t> whole_numbers(const XmlElement& element, const std::string& path) {
  std::vector<int64_t> values;
  const char *at = element.text.data(), *end = at + element.text.size();
  while (true) {
    while (at != end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
    if (at == end) return values;
    int64_t value = 0;
    const auto [next, problem] = std::from_chars(at, end, value);
    if (problem != std::errc()) throw wrong_file(path, element.name, "whole numbers", "'" + std::string(at, std::min<size_t>(20, static_cast<size_t>(end - at))) + "'");
    values.push_back(value), at = next;
  }
}

}  // namespace bgraph::io
