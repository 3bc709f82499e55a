// One unit as a job of a batch system: a folder in the shared store says what to do, and what became of it.
//
//   store/jobs/<key>/request.json   {"unit", "needs", "worker"}
//                    events.jsonl   everything the worker said, and how it ended, one line each; the last is the answer:
//                                   "done", "failed", "died", or "stopped" (asked to from outside, checkpoint written)
//                    job            its number, as the batch system knows it
//                    lock           held by the job while it works: one that was sent twice, or begins again while a machine that
//                                   was given up still works on it, waits, and takes over if that one dies
//
// The job needs nobody: control may end and come back, or another one may, and reads from the start. It runs on the
// machine that was given to it as a small control process (`bgraph exec-unit`) with one worker, so that crashes, time and
// memory are watched as in a local run.
#pragma once

#include <bgraph/core/run/launcher.h>
#include <bgraph/core/store/store.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace bgraph::run {

std::filesystem::path job_folder(const store::Store& store, const std::string& key);

/// Writes the folder, which must not be there.
void request_job(const std::filesystem::path& folder, const Unit& unit, const Needs& needs,
                 const std::filesystem::path& worker);

/// Runs the request of a folder. Of several ranks (rank_place.h) each has the folder; rank 0 writes the answer.
/// Returns the exit code of the job.
int run_job(const std::filesystem::path& folder);

/// Reads what a job has said, as it comes.
class JobEvents {
 public:
  explicit JobEvents(const std::filesystem::path& folder) : file_(folder / "events.jsonl") {}
  /// Whole lines since the last call. Kinds are those of Event and "stopped".
  std::vector<Json> next();

 private:
  std::filesystem::path file_;
  std::streamoff read_ = 0;
};

/// A line as the event it tells of. Not for "stopped".
Event event_of(const Json& line, int lane);

}  // namespace bgraph::run
