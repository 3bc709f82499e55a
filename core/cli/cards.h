// Cards of data sets: datasets/NAME/card.toml, built into the program.
//
//   title, licence, terms, citation, request, reader, size   for people
//   marker                                                    a file that tells the layout from others
//   [[files]]
//   path  = "nsddata_betas/ppdata/subj01/fsaverage/{version}/{hemisphere}.betas_session{session}.mgh"
//   item  = ""             which array, for io.array
//   shape = [750, 1, 1, 163842]   0 = any
//   what  = "single-trial responses"
//   need  = "always"       or "choice": one release has it in this form, another in that
//   each  = { hemisphere = ["lh", "rh"], session = "01..40" }    {name} in path: every combination
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bgraph::cli {

struct CardFile {
  std::string path;  // every {name} filled in
  std::string item, what, need;
  std::vector<int64_t> shape;
};

struct Card {
  std::string name, title, licence, terms, citation, request, reader, size, marker;
  std::vector<CardFile> files;
};

/// All cards, by name. Error naming card and key for one that is malformed.
const std::vector<Card>& cards();

/// The card of this name. Error with the nearest spelling.
const Card& card(const std::string& name);

/// A card from its text; `name` is used in messages.
Card parse_card(const std::string& name, const std::string& text);

/// The card whose marker lies in the folder, nullptr if none does.
const Card* card_of(const std::filesystem::path& folder);

}  // namespace bgraph::cli
