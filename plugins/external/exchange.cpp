#include "exchange.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/values/table.h>
#include <bgraph/sdk/values/tensor.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>


namespace bgraph::external {

namespace fs = std::filesystem;

namespace {

constexpr char kMeta[] = "value.json";

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_text(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  if (!(std::ofstream(file, std::ios::binary) << text).flush()) throw Error("cannot write " + file.string());
}

/// One line of a CSV file, quotes taken off.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') cells.back() += line[++i];
    else if (line[i] == '"') quoted = !quoted;
    else if (line[i] == ',' && !quoted) cells.emplace_back();
    else if (line[i] != '\r') cells.back() += line[i];
  }
  return cells;
}

Cell cell_of(const std::string& text) {
  if (text.empty()) return std::nan("");
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return *end == '\0' ? Cell(number) : Cell(text);
}

Value read_table(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  Table table;
  if (!std::getline(in, line)) throw Error(file.filename().string() + " is empty", "its first line names the columns");
  const auto names = cells_of(line);
  for (size_t i = 1; i < names.size(); ++i) table.column(names[i]);
  while (std::getline(in, line)) {
    if (line.empty()) continue;
    const auto cells = cells_of(line);
    if (cells.size() != names.size())
      throw Error(file.filename().string() + ": row '" + cells.front() + "' has " + std::to_string(cells.size()) +
                  " cells, the first line " + std::to_string(names.size()));
    Row row{cells.front(), {}};
    for (size_t i = 1; i < cells.size(); ++i) row.cells[names[i]] = cell_of(cells[i]);
    table.rows.push_back(std::move(row));
  }
  return table.to_value();
}

Value read_folder(const PortSpec& port, const fs::path& folder) {
  Value value{.type = port.type};
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), folder).string();
    if (name == kMeta) {
      const Json json = Json::parse(text_of(entry.path()), nullptr, false);
      if (!json.is_object()) throw Error(port.name + "/" + name + " is no JSON object");
      value.meta = json.value("meta", Json::object());
    } else if (entry.path().extension() == ".npy") {
      value.tensors[name.substr(0, name.size() - 4)] = read_npy(entry.path());
    } else {
      value.files[name] = text_of(entry.path());
    }
  }
  return value;
}

}  // namespace

void write_value(const Value& value, const fs::path& folder, const std::string& name) {
  const fs::path own = folder / name;
  fs::create_directories(own);
  write_text(own / kMeta, Json{{"type", value.type}, {"meta", value.meta}}.dump(1));
  for (const auto& [tensor, data] : value.tensors) {
    fs::create_directories((own / tensor).parent_path());
    write_npy(own / (tensor + ".npy"), data);
  }
  for (const auto& [file, bytes] : value.files) write_text(own / file, bytes);
  if (value.type == Tensor::kType) fs::create_hard_link(own / "data.npy", folder / (name + ".npy"));
}

Value read_written(const PortSpec& port, const fs::path& folder) {
  const fs::path array = folder / (port.name + ".npy"), table = folder / (port.name + ".csv");
  if (port.type == Tensor::kType && fs::exists(array)) {
    const at::Tensor data = read_npy(array);
    if (!port.dims.empty() && static_cast<int64_t>(port.dims.size()) != data.dim())
      throw ShapeError(port.name + ".npy is " + shape_text(data) + ", '" + port.name + "' is declared with " +
                       std::to_string(port.dims.size()) + " dims");
    return Tensor(data, port.dims).to_value();
  }
  if (port.type == Table::kType && fs::exists(table)) return read_table(table);
  if (fs::is_directory(folder / port.name)) return read_folder(port, folder / port.name);
  const std::string expected = port.type == Tensor::kType  ? port.name + ".npy"
                               : port.type == Table::kType ? port.name + ".csv"
                                                           : port.name + "/";
  throw Error("the command ended without writing its output '" + port.name + "'", "expected " + expected + " in {out}");
}

}  // namespace bgraph::external
