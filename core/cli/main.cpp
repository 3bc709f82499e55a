// bgraph: reads, checks, plans and runs graphs. The only place that prints errors and decides exit codes.
//
//   0    done
//   1    something failed while doing it: a node, a damaged value, a run that differs
//   2    the graph or the command line is wrong; nothing was started
//   130  interrupted; the same command goes on
#include <bgraph/core/cli/candidates.h>
#include <bgraph/core/cli/command_words.h>
#include <bgraph/core/cli/large_pages.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/graph/problem.h>
#include <bgraph/core/run/job.h>
#include <bgraph/sdk/contract/version.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

namespace bgraph::cli {

namespace {

int run(int count, char** words) {
  CLI::App app{"Dataflow graphs for fMRI-to-image reconstruction", "bgraph"};
  app.set_version_flag("--version", kSdkVersion);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  bgraph run graphs/full.toml        run a graph; what is cached is not run again\n"
      "  bgraph plan graphs/full.toml       what would run, and why\n"
      "  bgraph inspect clusters.gmm        the manual of a node\n"
      "  bgraph VERB --help                 more of each verb\n"
      "\nExit codes: 0 done; 1 something failed; 2 wrong graph or command line;\n"
      "130 stopped by Ctrl-C, 75 by a batch system: the same command goes on\n");
  Action action;
  Verb root(&app);
  for (const auto add : {
           add_audit,
           add_certify,
           add_check,
           add_data,
           add_completion,
           add_diff,
           add_doctor,
           add_evaluate,
           add_exec,
           add_export,
           add_graph,
           add_import,
           add_inspect,
           add_new,
           add_plan,
           add_report,
           add_replay,
           add_run,
           add_schema,
           add_store,
           add_sweep,
       })
    add(root, action);
  // What jobs of `--launcher slurm` run (core/run/job.h): not for people.
  if (count == 3 && std::string_view(words[1]) == "exec-unit") return run::run_job(words[2]);
  // What shells ask at every press of Tab (core/cli/completion.cpp): words that need not make a command line.
  if (count > 1 && std::string_view(words[1]) == "complete") {
    ::unsetenv("BGRAPH_BUILDER");  // Tab builds no plugins
    const int first = count > 2 && std::string_view(words[2]) == "--" ? 3 : 2;
    for (const auto& word : candidates(app, {words + std::min(first, count), words + count})) fmt::print("{}\n", word);
    return kSuccess;
  }
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    if (const std::string unknown = unknown_word(app, {words + 1, words + count}); !unknown.empty() && error.get_exit_code() != 0) {
      fmt::print(stderr, "{}", unknown);
      return kWrongGraph;
    }
    return app.exit(error) == 0 ? kSuccess : kWrongGraph;
  }
  return action();
}

}  // namespace

}  // namespace bgraph::cli

int main(int count, char** words) {
  using namespace bgraph;
  cli::use_large_pages();
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
