// Modules by number: parameter names "0.weight", "1.weight", ... below the name of the list.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

namespace bgraph {

template <class M>
class ModuleList : public torch::nn::Module {
 public:
  M& add(std::shared_ptr<M> module) {
    modules_.push_back(register_module(std::to_string(modules_.size()), std::move(module)));
    return *modules_.back();
  }
  M& operator[](size_t i) const { return *modules_.at(i); }
  size_t size() const { return modules_.size(); }

 private:
  std::vector<std::shared_ptr<M>> modules_;
};

}  // namespace bgraph
