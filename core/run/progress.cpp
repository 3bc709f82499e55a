#include <bgraph/core/run/progress.h>

#include <bgraph/core/run/stamp.h>
#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace bgraph::run {

namespace {

constexpr double kRedraw_s = 0.1;
constexpr double kReport_s = 15;  // between two reports of one node where there is no terminal

size_t columns_of(std::FILE* out) {
  winsize size{};
  return ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100u;
}

std::string number_text(double value) {
  return value < 1e5 ? fmt::format("{:g}", value) : fmt::format("{:.0f}", value);
}

bool is_loss(const std::string& metric) { return metric.find("loss") != std::string::npos; }

}  // namespace

std::string rate_text(double done, double total, double seconds) {
  if (total <= 0) return {};
  std::string text = fmt::format("{} of {}", number_text(done), number_text(total));
  if (done <= 0 || seconds <= 0) return text;
  text += fmt::format(", {:.3g}/s", done / seconds);
  if (done < total) text += ", " + duration_text(seconds * (total - done) / done) + " left";
  return text;
}

Progress::Progress(const plan::Plan& plan, int workers, bool terminal, std::FILE* out)
    : plan_(plan), workers_(std::max(1, workers)), terminal_(terminal), out_(out) {}

Progress::~Progress() { erase(); }

void Progress::note(const Happening& happening) {
  using What = Happening::What;
  const std::string& name = plan_.steps[happening.step].name;
  Line* line = running_.count(happening.step) > 0 ? &running_[happening.step] : nullptr;
  const Json& detail = happening.detail;
  switch (happening.what) {
    case What::unit_started:
      if (line == nullptr) {
        line = &(running_[happening.step] = Line{.start_s = happening.at_s, .reported_s = happening.at_s});
        if (!terminal_) say(name + ": started (" + plan_.steps[happening.step].why + ")");
      }
      ++line->units;
      break;
    case What::unit_done:
      if (line != nullptr) --line->units;
      break;
    case What::progress:
      if (line == nullptr) break;
      line->done = detail.value("done", 0.0);
      line->total = detail.value("total", 0.0);
      line->note = detail.value("note", std::string());
      if (!terminal_ && happening.at_s - line->reported_s >= kReport_s) {
        line->reported_s = happening.at_s;
        say(describe(name, *line, happening.at_s));
      }
      break;
    case What::metric:
      if (line != nullptr && is_loss(detail.value("name", std::string())) && detail["value"].is_number())
        line->loss = fmt::format("{} {:.4g}", detail.value("name", ""), detail["value"].get<double>());
      break;
    case What::log:
      if (detail.value("level", "") == "warning") say(name + ": warning: " + detail.value("text", ""));
      break;
    case What::elsewhere:
      say(name + ": waiting for another process that computes it");
      break;
    case What::node_hit: say(name + ": cached"); break;
    case What::node_done:
      say(name + ": done in " + duration_text(happening.at_s - (line != nullptr ? line->start_s : 0)));
      break;
    case What::node_failed: say(name + ": FAILED: " + detail.value("error", "")); break;
    case What::node_blocked: say(name + ": not run, needs " + detail.value("by", "")); break;
    case What::node_cancelled:
    case What::memory:
    case What::tick: break;
    case What::stopping:
      say(detail.value("text", std::string()));
      break;
  }
  if (happening.what == What::node_hit || happening.what == What::node_done ||
      happening.what == What::node_failed || happening.what == What::node_blocked ||
      happening.what == What::node_cancelled) {
    running_.erase(happening.step);
    over_[happening.step] = true;
  }
  if (terminal_ && happening.at_s - drawn_s_ >= kRedraw_s) redraw(happening.at_s);
}

std::string Progress::describe(const std::string& name, const Line& line, double now) const {
  std::string text = name + ": ";
  const std::string rate = rate_text(line.done, line.total, now - line.start_s);
  text += rate.empty() ? duration_text(now - line.start_s) : rate;
  if (!line.loss.empty()) text += ", " + line.loss;
  if (!line.note.empty()) text += ", " + line.note;
  return text;
}

double Progress::left(const Line& line, double now, double expected_s) const {
  const double spent = now - line.start_s;
  if (line.total > 0 && line.done > 0) return spent * (line.total - line.done) / line.done;
  return std::max(0.0, expected_s - spent);
}

/// Time left: what remains of all work over the workers, but no less than the longest chain.
std::string Progress::total_line(double now) const {
  double work = 0, chain = 0;
  size_t over = 0;
  for (size_t index = 0; index < plan_.steps.size(); ++index) {
    const plan::Step& step = plan_.steps[index];
    const auto ended = over_.find(index);
    const auto line = running_.find(index);
    if (step.state == plan::State::hit || (ended != over_.end() && ended->second)) {
      ++over;
      continue;
    }
    const double own = line != running_.end() ? left(line->second, now, step.cost_s) : step.cost_s;
    work += own;
    chain = std::max(chain, step.path_s - step.cost_s + own);
  }
  return fmt::format("{} of {} nodes, {} so far, about {} left", over, plan_.steps.size(),
                     duration_text(now), duration_text(std::max(chain, work / workers_)));
}

void Progress::say(const std::string& text) {
  erase();
  std::fprintf(out_, "%s%s%s\n", terminal_ ? "" : utc_now().c_str(), terminal_ ? "" : " ", text.c_str());
  std::fflush(out_);
  drawn_s_ = -1;
}

void Progress::erase() {
  for (; drawn_ > 0; --drawn_) std::fputs("\x1b[1A\x1b[2K", out_);  // a line up, clear it
}

void Progress::redraw(double now) {
  erase();
  const size_t columns = columns_of(out_) - 1;  // a wrapped line could not be erased
  const auto put = [&](const std::string& text) {
    std::fprintf(out_, "%s\n", text.substr(0, columns).c_str());
    ++drawn_;
  };
  for (const auto& [step, line] : running_) put("  " + describe(plan_.steps[step].name, line, now));
  put(total_line(now));
  std::fflush(out_);
  drawn_s_ = now;
}

}  // namespace bgraph::run
