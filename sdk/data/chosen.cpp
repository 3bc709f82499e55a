#include <bgraph/sdk/data/chosen.h>

#include <bgraph/sdk/contract/error.h>

namespace bgraph {

double chosen_constant(const Table& choice, const std::string& name) {
  for (const auto& row : choice.rows) {
    const auto cell = row.cells.find(name);
    if (row.name == "chosen" && cell != row.cells.end()) return std::get<double>(cell->second);
  }
  throw Error("the table of constants '" + choice.title + "' has no '" + name + "' in a row 'chosen'",
              "wire the output 'choice' of a node that chooses it");
}

}  // namespace bgraph
