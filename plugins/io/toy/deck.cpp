#include "toy/deck.h"

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/unique_consecutive.h>

#include <algorithm>
#include <tuple>

namespace bgraph::toy {

Deck paint_deck(const DeckSizes& sizes, int64_t scene_seed, int64_t size) {
  Deck deck;
  for (int64_t s = 0; s < sizes.subjects; ++s)
    deck.train.push_back(paint_range(scene_seed, kPrivate + s * kRange, sizes.images, size));
  deck.validation = paint_range(scene_seed, kValidation, sizes.validation, size);
  deck.test = paint_range(scene_seed, kTest, sizes.test, size);
  deck.external = paint_range(scene_seed, kExternal, sizes.external, size);
  return deck;
}

Deck deal_deck(const DeckSizes& sizes, const Images& pool, Rng& rng) {
  const int64_t needed = sizes.test + sizes.validation + sizes.external + sizes.subjects * sizes.images;
  if (pool.size() < needed)
    throw Error("the pool holds " + std::to_string(pool.size()) + " images, but " + std::to_string(needed) +
                    " are needed: " + std::to_string(sizes.subjects) + " x " + std::to_string(sizes.images) +
                    " private, " + std::to_string(sizes.validation) + " validation, " + std::to_string(sizes.test) +
                    " test, " + std::to_string(sizes.external) + " external",
                "give more images, or lower 'images', 'external' or 'subjects'");
  const at::Tensor sorted = std::get<0>(pool.image_id.sort());
  const int64_t distinct = std::get<0>(at::unique_consecutive(sorted)).size(0);
  if (distinct != pool.size())
    throw Error("the pool names " + std::to_string(pool.size() - distinct) + " of its images twice",
                "an image may lie on one side of a split alone: remove the copies");
  const at::Tensor order = rng.permutation(pool.size());
  int64_t dealt = 0;
  const auto deal = [&](int64_t count, const char* split) {
    Gallery hand{pool.select(order.slice(0, dealt, dealt + count)), {}};
    hand.images.split = split;
    dealt += count;
    return hand;
  };
  Deck deck;
  deck.test = deal(sizes.test, "test"), deck.validation = deal(sizes.validation, "validation");
  deck.external = deal(sizes.external, "external");
  for (int64_t s = 0; s < sizes.subjects; ++s) deck.train.push_back(deal(sizes.images, "train"));
  deck.categories = std::max<int64_t>(1, pool.category.max().item<int64_t>() + 1);
  return deck;
}

Images joined_train(const Deck& deck) {
  std::vector<Images> parts;
  for (const auto& hand : deck.train) parts.push_back(hand.images);
  return Images::concat(parts);
}

}  // namespace bgraph::toy
