#include "surface.h"

#include "file_stream.h"

#include <ATen/ops/tensor.h>

#include <sstream>

namespace bgraph::io {

namespace {

int32_t three_bytes(FileStream& in, const char* item) {
  std::array<uint8_t, 3> bytes;
  in.read(bytes.data(), 3, item);
  return bytes[0] << 16 | bytes[1] << 8 | bytes[2];
}

constexpr int32_t kTriangles = 0xFFFFFE, kQuads = 0xFFFFFF, kNewQuads = 0xFFFFFD;
constexpr size_t kLongestLine = 4096;

}  // namespace

Surface read_surface(const std::string& path) {
  FileStream in(path);
  const int32_t magic = three_bytes(in, "magic");
  if (magic == kQuads || magic == kNewQuads)
    throw in.wrong("surface", "made of triangles", "an old one of quadrangles", "convert it with mris_convert");
  if (magic != kTriangles) throw in.wrong("magic", "FF FF FE", "another", "is this a FreeSurfer surface?");
  in.line(kLongestLine, "comment");
  in.line(kLongestLine, "comment");
  const int64_t vertices = in.count("number of vertices", true, 12), faces = in.count("number of faces", true, 12);
  Surface surface;
  surface.vertices = in.numbers({vertices, 3}, {'f', 4, true}, "vertices");
  surface.faces = in.numbers({faces, 3}, {'i', 4, true}, "faces").to(at::kLong);
  if (faces > 0 && (surface.faces.min().item<int64_t>() < 0 || surface.faces.max().item<int64_t>() >= vertices))
    throw in.wrong("a face's vertex", "0 to " + std::to_string(vertices - 1), "outside");
  return surface;
}

at::Tensor read_curv(const std::string& path) {
  FileStream in(path);
  const int32_t first = three_bytes(in, "magic");
  if (first != kQuads) {  // the old form begins with the count
    three_bytes(in, "number of faces");
    return in.numbers({first}, {'i', 2, true}, "values").to(at::kFloat).div_(100.0);
  }
  const int64_t vertices = in.count("number of vertices", true, 4);
  in.skip(4, "number of faces");
  if (const auto each = in.number<int32_t>("values per vertex", true); each != 1)
    throw in.wrong("values per vertex", "1", std::to_string(each));
  return in.numbers({vertices}, {'f', 4, true}, "values");
}

VertexLabel read_label(const std::string& path) {
  FileStream in(path);
  in.line(kLongestLine, "comment");
  const std::string counted = in.line(kLongestLine, "count");
  std::istringstream count_text(counted);
  int64_t count = -1;
  constexpr int64_t kShortestLine = 10;  // "0 0 0 0 0\n"
  if (!(count_text >> count) || count < 0 || count > static_cast<int64_t>(in.most_left()) / (kShortestLine - 1))
    throw in.wrong("count", "the number of lines that follow", "'" + counted + "'", "is this a FreeSurfer .label file?");
  std::vector<int64_t> vertex;
  std::vector<float> value;
  for (int64_t i = 0; i < count; ++i) {
    const std::string line = in.line(kLongestLine, "vertex");
    std::istringstream words(line);
    int64_t number = -1;
    double x = 0, y = 0, z = 0, v = 0;
    if (!(words >> number >> x >> y >> z >> v) || number < 0)
      throw in.wrong("line " + std::to_string(i + 3), "'vertex x y z value'", "'" + line + "'");
    vertex.push_back(number), value.push_back(static_cast<float>(v));
  }
  return {at::tensor(vertex, at::kLong), at::tensor(value, at::kFloat)};
}

}  // namespace bgraph::io
