// The pictures of one study: private ones per subject, shared ones, and some nobody sees.
//
// Painted scenes come from the ranges of their ids (gallery.h). Foreign images are shuffled and dealt: test first,
// then validation, external, and the subjects in turn, so that adding a subject changes no other hand.
#pragma once

#include "toy/figures.h"
#include "toy/gallery.h"

#include <bgraph/sdk/data/rng.h>

#include <vector>

namespace bgraph::toy {

struct DeckSizes {
  int64_t subjects = 4, images = 800, validation = 64, test = 100, external = 3000;
};

struct Deck {
  std::vector<Gallery> train;  // by subject
  Gallery validation, test, external;
  int64_t categories = kCategories;
};

Deck paint_deck(const DeckSizes& sizes, int64_t scene_seed, int64_t size);

/// Errors: fewer images than are needed, or images given twice.
Deck deal_deck(const DeckSizes& sizes, const Images& pool, Rng& rng);

/// All private images in the order of the subjects.
Images joined_train(const Deck& deck);

}  // namespace bgraph::toy
