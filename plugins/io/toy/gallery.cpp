#include "toy/gallery.h"

#include "toy/scene.h"

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

namespace bgraph::toy {

std::string split_of(int64_t image_id) {
  if (image_id >= kNetworks) return "external";
  if (image_id >= kPrivate) return "train";
  switch (image_id / kRange) {
    case 1: return "validation";
    case 2: return "test";
    case 3: return "external";
    default: return "";
  }
}

Gallery paint_range(int64_t seed, int64_t first, int64_t count, int64_t size) {
  const int64_t last = first + count - 1;
  if (split_of(first) != split_of(last) || (first < kNetworks && first / kRange != last / kRange))
    throw Error("images " + std::to_string(first) + " .. " + std::to_string(last) +
                    " lie in more than one range of ids",
                "stay between multiples of " + std::to_string(kRange) + "; each range has its use");
  const auto bytes = at::TensorOptions().dtype(at::kByte);
  Gallery gallery;
  gallery.images.pixels = at::empty({count, 3, size, size}, bytes);
  gallery.images.image_id = at::arange(first, first + count, at::TensorOptions().dtype(at::kLong));
  gallery.images.category = gallery.images.image_id.remainder(kCategories);
  gallery.images.id_space = seed == 0 ? "toy" : "toy-" + std::to_string(seed);
  gallery.images.split = split_of(first);
  gallery.regions = at::empty({count, size, size}, bytes);
  const int64_t plane = size * size;
  for (int64_t i = 0; i < count; ++i)
    paint(draw_scene(seed, first + i), size, gallery.images.pixels.data_ptr<uint8_t>() + 3 * plane * i,
          gallery.regions.data_ptr<uint8_t>() + plane * i);
  return gallery;
}

}  // namespace bgraph::toy
