#include <bgraph/sdk/host/source_comment.h>

#include <fstream>

namespace bgraph {

std::string opening_comment(const std::filesystem::path& source) {
  std::ifstream in(source);
  std::string text, line;
  while (std::getline(in, line) && line.starts_with("//"))
    text += line.substr(line.starts_with("// ") ? 3 : 2) + "\n";
  return text;
}

std::string first_sentence(const std::string& comment) {
  const size_t paragraph = comment.find("\n\n");
  std::string text = comment.substr(0, paragraph);
  for (char& letter : text)
    if (letter == '\n') letter = ' ';
  const size_t colon = text.find(": ");
  if (colon != std::string::npos && text.find(' ') > colon) text = text.substr(colon + 2);
  const size_t stop = text.find(". ");
  if (stop != std::string::npos) text.resize(stop + 1);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace bgraph
