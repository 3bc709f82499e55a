// Figures of a run inside the page: pictures with captions, galleries that can be sorted.
#pragma once

#include <bgraph/core/store/store.h>

#include <string>

namespace bgraph::report {

/// A Figure value as HTML, its files embedded. A picture of SVG is shown as an image: nothing in it runs.
/// Error if a file is missing.
std::string figure_html(const store::Store& store, const Digest& figure, const std::string& id);

/// True for a gallery (rows of pictures), false for a single picture.
bool is_gallery(const ValueHeader& header);

}  // namespace bgraph::report
