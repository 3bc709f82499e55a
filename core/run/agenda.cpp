#include <bgraph/core/run/agenda.h>

namespace bgraph::run {

Agenda::Agenda(const plan::Plan& plan) : readers_(plan.steps.size()), missing_(plan.steps.size()), ready_(GoesFirst{&plan}) {
  for (size_t step = 0; step < plan.steps.size(); ++step) {
    const auto needs = plan.needs(step);
    missing_[step] = needs.size();
    for (const size_t need : needs) readers_[need].push_back(step);
  }
}

std::vector<size_t> Agenda::roots() const {
  std::vector<size_t> found;
  for (size_t step = 0; step < missing_.size(); ++step)
    if (missing_[step] == 0) found.push_back(step);
  return found;
}

std::vector<size_t> Agenda::complete(size_t step) {
  std::vector<size_t> freed;
  for (const size_t reader : readers_[step])
    if (--missing_[reader] == 0) freed.push_back(reader);
  return freed;
}

std::optional<size_t> Agenda::first() const {
  if (ready_.empty()) return std::nullopt;
  return *ready_.begin();
}

bool Agenda::GoesFirst::operator()(size_t a, size_t b) const {
  if (plan->steps[a].before(plan->steps[b])) return true;
  return !plan->steps[b].before(plan->steps[a]) && a < b;
}

}  // namespace bgraph::run
