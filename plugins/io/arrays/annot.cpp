#include "annot.h"

#include "file_stream.h"

#include <ATen/ops/full.h>

#include <map>

namespace bgraph::io {

namespace {

/// Name and colour of the next table row.
void read_row(FileStream& in, Annot& annot, size_t row) {
  const int64_t length = in.count("length of a name", true, 1);
  std::string name = in.text(static_cast<size_t>(length), "name");
  annot.names[row] = printable(name.substr(0, name.find('\0')));
  int64_t colour = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    const auto channel = in.number<int32_t>("colour", true);
    if (channel < 0 || channel > 255) throw in.wrong("colour of '" + annot.names[row] + "'", "0 to 255", std::to_string(channel));
    colour |= static_cast<int64_t>(channel) << shift;
  }
  in.skip(4, "transparency");
  annot.colour[row] = colour;
}

void read_table(FileStream& in, Annot& annot) {
  constexpr int64_t kRowBytes = 21;  // an empty name and a colour
  int32_t first = in.number<int32_t>("colour table", true);
  const bool versioned = first < 0;
  if (versioned && first != -2) throw in.wrong("version of the colour table", "2", std::to_string(-static_cast<int64_t>(first)));
  if (versioned) first = in.number<int32_t>("size of the colour table", true);
  const auto most = static_cast<int64_t>(in.most_left()) / kRowBytes + 1;
  if (first < 0 || first > most) throw in.wrong("size of the colour table", "0 to " + std::to_string(most), std::to_string(first));
  const int64_t path_length = in.count("length of a path", true, 1);
  in.skip(static_cast<uint64_t>(path_length), "path");
  annot.names.assign(static_cast<size_t>(first), "");
  annot.colour.assign(static_cast<size_t>(first), -1);
  const int64_t rows = versioned ? in.count("number of table rows", true, kRowBytes - 1) : first;
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t row = versioned ? in.number<int32_t>("table row", true) : r;
    if (row < 0 || row >= first) throw in.wrong("table row", "0 to " + std::to_string(first - 1), std::to_string(row));
    read_row(in, annot, static_cast<size_t>(row));
  }
}

}  // namespace

Annot read_annot(const std::string& path) {
  FileStream in(path);
  const int64_t vertices = in.count("number of vertices", true, 8);
  const at::Tensor pairs = in.numbers({vertices, 2}, {'i', 4, true}, "vertices and their colours");  // [V, 2] int32
  Annot annot;
  if (in.number<int32_t>("colour table flag", true) == 0)
    throw in.wrong("colour table", "there", "missing", "without it the parcels have no names");
  read_table(in, annot);

  std::map<int64_t, int64_t> row_of;
  for (size_t row = 0; row < annot.colour.size(); ++row)
    if (annot.colour[row] >= 0 && !row_of.emplace(annot.colour[row], static_cast<int64_t>(row)).second)
      annot.ambiguous.push_back(annot.names[row]);
  annot.label = at::full({vertices}, -2, at::kLong);
  auto* label = annot.label.data_ptr<int64_t>();
  const auto* pair = pairs.data_ptr<int32_t>();
  for (int64_t i = 0; i < vertices; ++i) {
    const int64_t vertex = pair[2 * i], colour = pair[2 * i + 1];
    if (vertex < 0 || vertex >= vertices) throw in.wrong("vertex number", "0 to " + std::to_string(vertices - 1), std::to_string(vertex));
    if (label[vertex] != -2) throw in.wrong("vertex " + std::to_string(vertex), "listed once", "listed twice");
    const auto row = row_of.find(colour);
    if (row == row_of.end() && colour != 0)
      throw in.wrong("colour of vertex " + std::to_string(vertex), "one of the table's", std::to_string(colour));
    label[vertex] = row == row_of.end() ? -1 : row->second;
  }
  return annot;
}

}  // namespace bgraph::io
