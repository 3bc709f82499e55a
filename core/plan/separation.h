// What is fitted is not tested on the same images: proved from the values themselves, image id by image id.
//
// Labels catch a wrong wire; this catches the wrong data: a training set that holds a test image under a label of its
// own. What a step fits to travels with its outputs, and theirs, until a value labelled "test" comes out: a prediction.
// Every step on the way that reads a value labelled "test" is a meeting, and there the images fitted to and the images
// tested on must be apart. So folds of one set may stand in one graph: a model never meets the folds it was fitted to.
//
// Looked at before a node that fits is handed out, against every test value known by then, and once more over the
// whole plan afterwards, for the record.
#pragma once

#include <bgraph/core/plan/plan.h>

#include <set>
#include <string>
#include <vector>

namespace bgraph::plan {

/// Error naming both sides and the images if a port of this step that fits (and is not transductive) reads an image
/// of a value labelled "test" that meets this step or what comes of it. Its inputs must be there.
void refuse_shared_images(const Plan& plan, size_t step, const store::Store& store);

/// Every such port of one cell with what it was fitted to:
///   {"cell", "test": [{"output", "split", "space", "images"}],
///    "fits": [{"node", "port", "value", "split", "space", "images", "transductive", "shared_with_test"}]}
/// `shared_with_test` counts images of test values that it meets, and is 0 in a right study; steps without outputs are
/// left out.
Json separation(const Plan& plan, const Cell& cell, const store::Store& store);

/// Images of all fitting ports of all cells together that are test images too.
int64_t shared_images(const Json& separation_of_cells);

/// Image ids of a value, ascending, negative ones (unknown) left out: its tensors "image_id" and "<subject>.image_id".
std::set<int64_t> image_ids(const store::Store& store, const Digest& digest);

}  // namespace bgraph::plan
