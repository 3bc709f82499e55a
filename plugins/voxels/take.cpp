// voxels.take: fewer subjects, fewer trials.
//
// `subjects` keeps these, in their old order (without any, all); `without` holds subjects out. `trials` > 0 keeps the first so many
// trials of every subject in the order they were recorded (the axis of transfer curves; a session of NSD has 750); `sessions` > 0
// keeps trials of the first so many sessions. Voxels get new global indices; with renumber = false all voxels and their indices stay,
// so that models trained on everybody can be scored on some.
//
//   [nodes.one_hour]
//   type     = "voxels.take"
//   subjects = ["subj01"]
//   sessions = 1
//   inputs   = { voxels = "data.voxels", betas = "data.train" }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <algorithm>

namespace bgraph::voxels {

struct TakeParams {
  std::vector<std::string> subjects, without;
  int64_t trials = 0, sessions = 0;
  bool renumber = true;

  template <class Visitor>
  void visit(Visitor& field) {
    field("subjects", subjects, any(), "subjects kept; empty = all");
    field("without", without, any(), "subjects held out");
    field("trials", trials, at_least(0), "first trials of each subject; 0 = all");
    field("sessions", sessions, at_least(0), "first sessions of each subject; 0 = all");
    field("renumber", renumber, any(), "leave out the voxels of subjects that are left out");
  }
};

class Take final : public Node {
 public:
  explicit Take(TakeParams params) : params_(std::move(params)) {}

  In<Betas> betas{this, "betas", "trials of several subjects", kStored};
  In<Voxels> voxels{this, "voxels", "their voxels"};
  Out<Betas> out_betas{this, "betas", "the trials that are left", "=betas"};
  Out<Voxels> out_voxels{this, "voxels", "the voxels that are left", "=voxels"};

  void run(Context&) override {
    std::vector<std::string> known;
    for (const auto& subject : betas->subjects) known.push_back(subject.subject);
    for (const auto* list : {&params_.subjects, &params_.without})
      for (const auto& name : *list)
        if (std::find(known.begin(), known.end(), name) == known.end()) throw Error("there is no subject '" + name + "'", did_you_mean(name, known));
    if (!betas->views.empty()) throw Error("responses are a view that is not computed yet", "set materialize = \"store\" on the node that makes them");
    Betas some = *betas;
    some.subjects.clear();
    std::vector<at::Tensor> rows;
    int64_t first = 0;
    for (const auto& subject : betas->subjects) {
      if (!kept(subject.subject)) continue;
      some.subjects.push_back(fewer(subject));
      if (params_.renumber) some.subjects.back().first_voxel = first;
      rows.push_back(at::arange(subject.first_voxel, subject.first_voxel + subject.voxels(), at::kLong));
      first += subject.voxels();
    }
    if (some.subjects.empty()) throw Error("no subject is left");
    some.done.push_back({{"what", "take"}, {"subjects", params_.subjects}, {"without", params_.without}, {"trials", params_.trials}, {"sessions", params_.sessions}});
    out_betas = some;
    out_voxels = params_.renumber ? places_of(some, at::cat(rows)) : *voxels;
  }

 private:
  bool kept(const std::string& subject) const {
    const auto in = [&](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), subject) != list.end(); };
    return (params_.subjects.empty() || in(params_.subjects)) && !in(params_.without);
  }

  /// The voxels `rows`, belonging to the subjects of `some`, one after the other.
  Voxels places_of(const Betas& some, const at::Tensor& rows) const {
    Voxels places = voxels->select(rows);
    places.subjects.clear();
    std::vector<at::Tensor> owner;
    for (size_t s = 0; s < some.subjects.size(); ++s) {
      places.subjects.push_back(some.subjects[s].subject);
      owner.push_back(at::full({some.subjects[s].voxels()}, static_cast<int64_t>(s), at::kLong));
    }
    places.subject = at::cat(owner);
    return places;
  }

  SubjectBetas fewer(const SubjectBetas& trials) const {
    at::Tensor index = at::arange(trials.trials(), at::kLong);
    if (params_.sessions > 0 && trials.trials() > 0) {
      const int64_t begin = trials.session.min().item<int64_t>();
      if (begin < 0) throw Error(trials.subject + ": these trials have no session", "take them before they are averaged");
      index = trials.session.lt(params_.sessions).nonzero().flatten();
    }
    if (params_.trials > index.numel())
      throw Error(trials.subject + " has " + std::to_string(index.numel()) + " trials, expected at least " + std::to_string(params_.trials));
    if (params_.trials > 0) index = index.slice(0, 0, params_.trials);
    return trials.select(index);
  }

  TakeParams params_;
};

BGRAPH_NODE(Take, "voxels.take")

}  // namespace bgraph::voxels
