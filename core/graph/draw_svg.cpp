#include <bgraph/core/graph/draw.h>
#include <bgraph/core/graph/layout.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace bgraph::graph {

namespace {

constexpr double kBoxHeight = 46;
constexpr double kTitleHeight = 44;
constexpr double kLegendHeight = 40;

constexpr const char* kStyle = R"(
.bgraph-picture text{font-family:system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1d2730}
.bgraph-picture .bgraph-heading{font-size:17px;font-weight:600}
.bgraph-picture .bgraph-name{font-size:13px;font-weight:600}
.bgraph-picture .bgraph-type,.bgraph-picture .bgraph-small{font-size:11px;fill:#5b6772}
.bgraph-picture .bgraph-edge path{fill:none;stroke-width:1.6;stroke-opacity:.55}
.bgraph-picture .bgraph-edge:hover path{stroke-width:3;stroke-opacity:1}
.bgraph-picture .bgraph-node:hover rect{stroke-width:2.5}
)";

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += letter;
    }
  }
  return safe;
}

/// Characters, not bytes.
double letters(const std::string& text) {
  return static_cast<double>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

std::string time_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 7200) return fmt::format("{} min", (whole + 30) / 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

struct Look {
  const char* word;
  const char* colour;
  bool filled;
};

Look look_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::computed:
      return {"computed", "#2e8b57", true};
    case Outcome::cached:
      return {"cached", "#2e8b57", false};
    case Outcome::failed:
      return {"failed", "#c62828", true};
    default:
      return {"not run", "#9aa5b1", false};
  }
}

std::string dot(double x, double y, const Look& look) {
  return fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"{}\" stroke=\"{}\" "
      "stroke-width=\"1.5\"/>",
      x, y, look.filled ? look.colour : "#ffffff", look.colour);
}

std::string note_of(const Happened& happened) {
  const Look look = look_of(happened.outcome);
  return happened.outcome == Outcome::computed || happened.outcome == Outcome::failed
             ? time_text(happened.seconds)
             : look.word;
}

/// Wide enough for both lines of text, estimated: the fonts of a reader are not known here.
double width_of(const Node& node, const Happenings& happened) {
  const auto found = happened.find(node.name);
  const double note = found == happened.end() ? 0 : 24 + 6.2 * letters(note_of(found->second));
  return std::max({116.0, 30 + 7.7 * letters(node.name), 30 + 6.1 * letters(node.type) + note});
}

class Picture {
 public:
  Picture(const Graph& graph, const Happenings& happened)
      : graph_(graph), happened_(happened), colours_(folder_colours(graph)) {
    std::map<std::string, size_t> number;
    for (const auto& node : graph.nodes) number.emplace(node.name, number.size());
    std::vector<double> widths;
    for (const auto& node : graph.nodes) {
      widths.push_back(width_of(node, happened));
      for (const auto& [port, refs] : node.inputs)
        for (const auto& ref : refs) {
          const auto arrow = std::pair(number.at(ref.node), number.at(node.name));
          const auto known = static_cast<size_t>(std::find(arrows_.begin(), arrows_.end(), arrow) -
                                                 arrows_.begin());
          if (known == arrows_.size()) arrows_.push_back(arrow), labels_.emplace_back();
          labels_[known].push_back(
              fmt::format("{}.{} → {}.{}", ref.node, ref.port, node.name, port));
        }
    }
    layout_ = lay_out(widths, kBoxHeight, arrows_);
  }

  std::string svg() const {
    const double legend = 48 + legend_width();
    const double heading = 48 + 9.0 * letters(heading_text());
    const double width = std::max({layout_.width, legend, heading});
    const double height = kTitleHeight + layout_.height + kLegendHeight;
    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"bgraph-picture\" role=\"img\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\">\n",
        width, height);
    text += fmt::format("<title>{}</title>\n", escaped(heading_text()));
    text += fmt::format("<style>{}</style>\n", kStyle);
    text +=
        fmt::format("<rect width=\"{:.0f}\" height=\"{:.0f}\" fill=\"#ffffff\"/>\n", width, height);
    text += fmt::format("<text class=\"bgraph-heading\" x=\"24\" y=\"34\">{}</text>\n",
                        escaped(heading_text()));
    text += fmt::format("<g transform=\"translate({:.1f},{:.0f})\">\n", (width - layout_.width) / 2,
                        kTitleHeight);
    for (size_t i = 0; i < arrows_.size(); ++i) text += edge(i);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) text += node(i);
    text += "</g>\n" + legend_at(height - 22);
    return text + "</svg>\n";
  }

 private:
  std::string heading_text() const {
    return graph_.settings.title.empty() ? graph_.file : graph_.settings.title;
  }

  std::string colour(size_t node) const { return colours_.at(folder_of(graph_.nodes[node].type)); }

  /// One smooth line: curves between the rows, straight where it passes one.
  std::string edge(size_t i) const {
    const auto& route = layout_.routes[i];
    std::string path = fmt::format("M{:.1f},{:.1f}", route.front().x, route.front().y);
    for (size_t p = 0; p + 1 < route.size(); p += 2) {
      const Point from = route[p], to = route[p + 1];
      if (p > 0) path += fmt::format("L{:.1f},{:.1f}", from.x, from.y);
      const double bend = (to.y - from.y) / 2;
      path += fmt::format("C{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}", from.x, from.y + bend, to.x,
                          to.y - bend, to.x, to.y);
    }
    const Point end = route.back();
    const std::string ink = colour(arrows_[i].first);
    return fmt::format(
        "<g class=\"bgraph-edge\"><title>{}</title><path d=\"{}\" stroke=\"{}\"/>"
        "<polygon points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\" fill=\"{}\"/></g>\n",
        escaped(fmt::format("{}", fmt::join(labels_[i], "\n"))), path, ink, end.x - 3.5, end.y - 7,
        end.x + 3.5, end.y - 7, end.x, end.y, ink);
  }

  std::string node(size_t i) const {
    const Node& node = graph_.nodes[i];
    const Box& box = layout_.boxes[i];
    std::string title = fmt::format("{} ({})", node.name, node.type);
    for (const auto& [name, param] : node.params)
      title += fmt::format("\n{} = {}", name, param.value.dump());
    std::string text = fmt::format("<g class=\"bgraph-node\"><title>{}</title>", escaped(title));
    text += fmt::format(
        "<rect x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{3:.1f}\" rx=\"7\" "
        "fill=\"#ffffff\"/>"
        "<rect x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{3:.1f}\" rx=\"7\" "
        "fill=\"{4}\" "
        "fill-opacity=\".1\" stroke=\"{4}\" stroke-width=\"1.4\"/>",
        box.x, box.y, box.width, box.height, colour(i));
    text += fmt::format("<text class=\"bgraph-name\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
                        box.x + 13, box.y + 20, escaped(node.name));
    text += fmt::format("<text class=\"bgraph-type\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
                        box.x + 13, box.y + 36, escaped(node.type));
    if (const auto found = happened_.find(node.name); found != happened_.end()) {
      const double right = box.x + box.width - 13;
      text += dot(right - 1, box.y + 16, look_of(found->second.outcome));
      text += fmt::format(
          "<text class=\"bgraph-small\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
          right + 3, box.y + 36, escaped(note_of(found->second)));
    }
    return text + "</g>\n";
  }

  static double legend_step(const std::string& word) { return 36 + 6.4 * letters(word); }

  double legend_width() const {
    double width = 0;
    for (const auto& [folder, colour] : colours_) width += legend_step(folder);
    return happened_.empty() ? width : width + 4 * 80;
  }

  std::string legend_at(double y) const {
    std::string text = "<g class=\"bgraph-legend\">";
    double x = 24;
    const auto word = [&](const std::string& label) {
      text += fmt::format("<text class=\"bgraph-small\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
                          x + 17, y + 4, escaped(label));
      x += legend_step(label);
    };
    for (const auto& [folder, colour] : colours_) {
      text += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"11\" height=\"11\" rx=\"3\" fill=\"{}\"/>", x,
          y - 6, colour);
      word(folder);
    }
    std::set<Outcome> outcomes;
    for (const auto& [name, happened] : happened_) outcomes.insert(happened.outcome);
    for (const Outcome outcome : outcomes) {
      text += dot(x + 6, y, look_of(outcome));
      word(look_of(outcome).word);
    }
    return text + "</g>\n";
  }

  const Graph& graph_;
  const Happenings& happened_;
  std::map<std::string, std::string> colours_;
  Arrows arrows_;
  std::vector<std::vector<std::string>> labels_;  // per arrow: "data.train → bit.betas"
  Layout layout_;
};

}  // namespace

std::string draw_svg(const Graph& graph, const Happenings& happened) {
  return Picture(graph, happened).svg();
}

}  // namespace bgraph::graph
