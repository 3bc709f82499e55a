// bgraph: reads, checks, plans and runs graphs. The only place that prints errors and decides exit codes.
//
//   0  done     1  something failed while doing it     2  the graph or the command line is wrong
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/graph/problem.h>
#include <bgraph/sdk/contract/version.h>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>

namespace bgraph::cli {

namespace {

int run(int count, char** words) {
  CLI::App app{"Dataflow graphs for fMRI-to-image reconstruction", "bgraph"};
  app.set_version_flag("--version", kSdkVersion);
  app.require_subcommand(1);
  Action action;
  for (const auto add : {
           add_check,
           add_data,
           add_doctor,
           add_export,
           add_graph,
           add_inspect,
           add_plan,
           add_run,
           add_store,
           add_sweep,
       })
    add(app, action);
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kWrongGraph;
  }
  return action();
}

}  // namespace

}  // namespace bgraph::cli

int main(int count, char** words) {
  using namespace bgraph;
  spdlog::set_default_logger(spdlog::stderr_color_mt("bgraph"));
  spdlog::set_pattern("%^%l%$: %v");
  try {
    return cli::run(count, words);
  } catch (const graph::WrongGraph& wrong) {
    fmt::print(stderr, "{}", wrong.report());
    return cli::kWrongGraph;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.full());
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
  }
  return cli::kFailure;
}
