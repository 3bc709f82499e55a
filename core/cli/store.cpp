// bgraph store verify: hashes every value again and takes out what is damaged; it is computed again when needed.
//
//   exit code 0 when all are whole, 1 when some were damaged
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/store/store.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

int verify(const PlaceOptions& options) {
  const store::Store store(options.store);
  const auto values = store.values();
  size_t damaged = 0;
  for (const auto& digest : values) {
    const std::string problem = store.verify(digest);
    if (problem.empty()) continue;
    ++damaged;
    store.discard(digest);
    fmt::print("damaged, taken out: {}: {}\n", digest.brief(), problem);
  }
  fmt::print("{} values in {}, {} damaged\n", values.size(), store.root().string(), damaged);
  return damaged == 0 ? kSuccess : kFailure;
}

}  // namespace

void add_store(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("store", "Look after the store");
  verb->require_subcommand(1);
  verb->footer("Examples:\n  bgraph store verify\n  bgraph store verify --store /data/store\n");
  CLI::App* check = verb->add_subcommand("verify", "Hash every value again; take out what is damaged");
  auto options = std::make_shared<PlaceOptions>();
  add_place_options(*check, *options);
  check->callback([options, &action] { action = [options] { return verify(*options); }; });
}

}  // namespace bgraph::cli
