// The workers of a run: units go out, events come back.
//
// Workers are started when there is work for them and live until the end; one that had to be ended (lane.h) is replaced.
//
// A unit of N ranks takes N lanes: each worker gets the same unit and its place among the others. The first lane
// stands for all; if one of them fails or dies, all are ended and the unit failed for that reason.
#pragma once

#include <bgraph/core/run/lane.h>
#include <bgraph/core/run/launcher.h>
#include <bgraph/core/run/rank_meeting.h>
#include <bgraph/core/run/worker_process.h>

#include <string>
#include <vector>

namespace bgraph::run {

class Pool final : public Launcher {
 public:
  /// `meeting`: where the other ranks of a unit are other processes than ours; null: they are started here.
  Pool(WorkerSettings settings, int lanes, RankMeeting* meeting = nullptr);
  ~Pool() override;

  bool has_room(int64_t ranks) const override;
  bool lost_ranks() const override { return lost_; }
  int busy() const override;
  int started() const override { return started_; }
  /// Gives a unit to a free worker, starting one if needed.
  int assign(const Unit& unit, const Needs& needs) override;
  std::vector<double> memory_mib() const override;
  std::vector<Event> wait(int milliseconds, int wake = -1) override;
  void ask_to_stop() override;
  /// Once: checkpoint and answer; twice: SIGTERM; thrice: SIGKILL.
  std::string interrupt(int times, bool leave) override;
  void finish() override;  // asks all to leave, kills those that stay

 private:
  struct Seat {
    Lane lane;
    int first = kNone;  // of another rank: the number of the lane that stands for the unit
    int rank = 0;
  };
  static constexpr int kNone = -1;
  static constexpr int kOver = -2;  // its unit is: what it still says is of no interest

  Seat& seat(int number) { return seats_[static_cast<size_t>(number)]; }
  int free_lane();  // a running worker before a new one: its libraries and values are warm
  void give(int number, const Unit& unit, const Needs& needs);
  std::vector<int> other_ranks(int first) const;

  /// What a worker said, as what its unit does: `first` and `rank` are those of its seat.
  void tell(Event event, int first, int rank, std::vector<Event>& events);
  /// How another rank of the unit died, or "".
  std::string dead_rank(int first);
  void end_ranks(int first);
  void signal(int number);

  WorkerSettings settings_;
  RankMeeting* meeting_;
  int met_ = kNone;           // the lane that works with others
  bool lost_ = false;         // one of them
  int most_;                  // workers that are busy at once
  std::vector<Seat> seats_;   // a lane each; more after a unit of more ranks
  int started_ = 0;
};

}  // namespace bgraph::run
