// A TorchScript file as part of a component: a program that somebody else wrote, run where the graph allows it.
//
//   struct Params { TorchscriptFile file; ... visit: file.visit(field); ... };
//   program_("features.torchscript", params.file, register_buffer("program", params.file.place()))
//   outputs = program_.run({x});
//
// The bytes of the file are a buffer of the component: they enter keys and the store like any other weights. They are
// read at the first run, because weights are loaded after construction, onto the device the buffer is then on.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/params.h>

#include <memory>
#include <string>
#include <vector>

namespace bgraph {

struct TorchscriptFile {
  int64_t bytes = 1;
  bool allow_code = false;

  template <class Visitor>
  void visit(Visitor& field) {
    field("bytes", bytes, at_least(1), "length of the file");
    field("allow_code", allow_code, any(), "the file may be executed; without it the component cannot be built");
  }

  at::Tensor place() const;  // [bytes] uint8, where the file goes
};

class TorchscriptProgram {
 public:
  /// `owner` names the component in errors. Error unless the code is allowed.
  TorchscriptProgram(std::string owner, const TorchscriptFile& file, at::Tensor bytes);
  ~TorchscriptProgram();

  /// What the module's forward gives: one tensor, or a list or tuple of them. Gradients reach the inputs. Error for a file
  /// that is no TorchScript archive, and for anything else that comes out.
  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs);

 private:
  struct Loaded;

  std::string owner_;
  at::Tensor bytes_;
  std::unique_ptr<Loaded> loaded_;
};

}  // namespace bgraph
