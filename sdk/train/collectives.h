// Sums and broadcasts between the processes of a group, whatever carries them.
//
// Calls are matched by their order: every rank makes the same ones. A process that dies breaks the group, and
// everybody's next call is an Error.
#pragma once

#include <bgraph/sdk/contract/unit.h>

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>

namespace bgraph {

class Collectives {
 public:
  virtual ~Collectives();
  /// Starts adding up over all ranks, in place. What comes back waits until the tensor holds the sum.
  virtual std::function<void()> start_sum(at::Tensor tensor) = 0;
  /// In place: what rank 0 has.
  virtual void broadcast(at::Tensor tensor) = 0;

  void sum(const at::Tensor& tensor) { start_sum(tensor)(); }
};

/// Where the processes find each other: rank 0 listens at the place's address.
class Meeting {
 public:
  explicit Meeting(const RankPlace& place);
  ~Meeting();
  /// Leaves a word for the others; waits for one; looks whether there is one.
  void say(const std::string& key, const std::string& text) const;
  std::string hear(const std::string& key) const;
  bool said(const std::string& key) const;
  /// A group of all processes, over gloo or, on a GPU, NCCL. Each name once.
  std::unique_ptr<Collectives> group(const std::string& name, const at::Device& device) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bgraph
