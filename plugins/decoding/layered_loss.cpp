#include "layered_loss.h"

#include "info_nce.h"

#include <ATen/ops/mse_loss.h>
#include <ATen/ops/zeros.h>

namespace bgraph::decoding {

at::Tensor layered_loss(const std::string& kind, const at::Tensor& outputs, const std::vector<at::Tensor>& targets) {
  at::Tensor total = at::zeros({}, outputs.options());
  int64_t first = 0;
  for (const auto& given : targets) {
    const at::Tensor target = given.to(outputs.device());
    const at::Tensor own = outputs.narrow(1, first, target.size(1)).narrow(2, 0, target.size(2));
    total = total + (kind == "mse" ? at::mse_loss(own, target) : info_nce(own.flatten(0, 1), target.flatten(0, 1)));
    first += target.size(1);
  }
  return total / static_cast<double>(targets.size());
}

}  // namespace bgraph::decoding
