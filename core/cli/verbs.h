// The verbs of `bgraph`: one file each. A new verb is a file, a line here and a line in main.cpp.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace bgraph::cli {

/// What the chosen verb does; its result is the exit code.
using Action = std::function<int()>;

enum ExitCode {
  kSuccess = 0,
  kFailure = 1,     // something could not be done: the message says what
  kWrongGraph = 2,  // the graph or the command line is wrong; nothing was started
};

void add_audit(CLI::App& app, Action& action);
void add_certify(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_data(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);
void add_diff(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_exec(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_graph(CLI::App& app, Action& action);
void add_import(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_new(CLI::App& app, Action& action);
void add_plan(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_replay(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);
void add_store(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);

}  // namespace bgraph::cli
