// io.check_files: opens files one by one and says what is in them, whatever is wrong with some.
//
// For every file a row: its shape, the number of NaN, mean and sd (content = true), or what is wrong: it cannot be read, its shape is
// not the one expected ("750,1,1,163842"; 0 stands for any size, no text for any shape). What `bgraph data check` runs.
// A file that does not change its path counts as unchanged: run it in a store of its own.
//
//   [nodes.check]
//   type   = "io.check_files"
//   files  = ["lh.betas_session01.mgh"]
//   items  = [""]
//   shapes = ["750,1,1,163842"]

#include "any_array.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>

#include <fmt/format.h>

#include <sstream>

namespace bgraph::io {

struct CheckFilesParams {
  std::vector<std::string> files, items, shapes;
  bool content = true;

  template <class Visitor>
  void visit(Visitor& field) {
    field("files", files, any(), "paths");
    field("items", items, any(), "which array of each");
    field("shapes", shapes, any(), "sizes expected, separated by commas; 0 = any size, empty = any shape");
    field("content", content, any(), "count NaN and take mean and sd");
  }
};

class CheckFiles final : public Node {
 public:
  explicit CheckFiles(CheckFilesParams params) : params_(std::move(params)) {}

  Out<Table> table{this, "table", "a row per file: found, problem"};

  void run(Context& ctx) override {
    if (params_.items.size() != params_.files.size() || params_.shapes.size() != params_.files.size())
      throw Error("'files', 'items' and 'shapes' differ in length");
    Table found{.title = "files"};
    found.column("found").column("problem");
    for (size_t i = 0; i < params_.files.size(); ++i) {
      ctx.stop_if_cancelled();
      Row row{.name = printable(params_.files[i]), .cells = {}};
      try {
        const at::Tensor array = read_array(params_.files[i], params_.items[i]);
        row.cells["problem"] = shape_problem(array, params_.shapes[i]);
        row.cells["found"] = summary(array);
      } catch (const Error& error) {
        row.cells["problem"] = std::string(error.what());
        row.cells["found"] = std::string();
      }
      found.rows.push_back(std::move(row));
      ctx.progress(static_cast<int64_t>(i) + 1, static_cast<int64_t>(params_.files.size()));
    }
    table = found;
  }

 private:
  static std::string shape_problem(const at::Tensor& array, const std::string& expected) {
    if (expected.empty()) return {};
    std::vector<int64_t> sizes;
    std::istringstream in(expected);
    for (std::string size; std::getline(in, size, ',');) sizes.push_back(std::stoll(size));
    bool fits = static_cast<int64_t>(sizes.size()) == array.dim();
    for (int64_t d = 0; fits && d < array.dim(); ++d) fits = sizes[static_cast<size_t>(d)] == 0 || sizes[static_cast<size_t>(d)] == array.size(d);
    return fits ? "" : "shape is " + shape_text(array.sizes().vec()) + ", expected [" + expected + "]";
  }

  std::string summary(const at::Tensor& array) const {
    std::string text = shape_text(array.sizes().vec());
    if (!params_.content || array.numel() == 0) return text;
    const at::Tensor numbers = array.to(at::kFloat);
    const int64_t missing = numbers.isnan().sum().item<int64_t>();
    if (missing > 0) text += fmt::format(", {} NaN", missing);
    const double mean = numbers.nanmean().item<double>();
    const double sd = std::sqrt((numbers - mean).square().nanmean().item<double>());
    return text + fmt::format(", mean {:.4g}, sd {:.4g}", mean, sd);
  }

  CheckFilesParams params_;
};

BGRAPH_NODE(CheckFiles, "io.check_files")

}  // namespace bgraph::io
