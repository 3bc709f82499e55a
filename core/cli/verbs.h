// The verbs of `bgraph`: one file each. A new verb is a file, a line here and a line in main.cpp.
#pragma once

#include <bgraph/core/cli/verb.h>

#include <functional>

namespace bgraph::cli {

/// What the chosen verb does; its result is the exit code.
using Action = std::function<int()>;

enum ExitCode {
  kSuccess = 0,
  kFailure = 1,     // something could not be done: the message says what
  kWrongGraph = 2,  // the graph or the command line is wrong; nothing was started
};

void add_audit(Verb& app, Action& action);
void add_certify(Verb& app, Action& action);
void add_check(Verb& app, Action& action);
void add_data(Verb& app, Action& action);
void add_completion(Verb& app, Action& action);
void add_diff(Verb& app, Action& action);
void add_doctor(Verb& app, Action& action);
void add_evaluate(Verb& app, Action& action);
void add_exec(Verb& app, Action& action);
void add_export(Verb& app, Action& action);
void add_graph(Verb& app, Action& action);
void add_import(Verb& app, Action& action);
void add_inspect(Verb& app, Action& action);
void add_new(Verb& app, Action& action);
void add_plan(Verb& app, Action& action);
void add_report(Verb& app, Action& action);
void add_replay(Verb& app, Action& action);
void add_run(Verb& app, Action& action);
void add_schema(Verb& app, Action& action);
void add_store(Verb& app, Action& action);
void add_sweep(Verb& app, Action& action);

}  // namespace bgraph::cli
