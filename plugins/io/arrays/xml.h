// XML as a tree, for GIFTI and CIFTI. Entities, nesting beyond 64 and more than a million elements are refused, and nothing
// outside the text is ever opened.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph::io {

struct XmlElement {
  std::string name, text;
  std::map<std::string, std::string> attributes;
  std::vector<XmlElement> children;

  std::vector<const XmlElement*> all(const std::string& child) const;
  const XmlElement* first(const std::string& child) const;  // nullptr without
  std::string attribute(const std::string& key) const;      // "" without
};

/// The root element. Error naming `path`, the line and what is wrong there.
XmlElement parse_xml(std::string_view text, const std::string& path);

/// A whole number in an attribute. Error naming file, element and attribute.
int64_t whole_number(const XmlElement& element, const std::string& attribute, const std::string& path);

/// Whole numbers separated by spaces: text of CIFTI's VertexIndices and the like.
std::vector<int64_t> whole_numbers(const XmlElement& element, const std::string& path);

}  // namespace bgraph::io
