#include <bgraph/sdk/values/betas.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/stored_rows.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <map>

namespace bgraph {

int64_t SubjectBetas::voxels() const { return stored ? stored->voxels() : betas.size(1); }

SubjectBetas SubjectBetas::select(const at::Tensor& index) const {
  SubjectBetas some = *this;
  if (stored) some.stored = std::make_shared<StoredRows>(stored->select(index));
  else some.betas = betas.index_select(0, index);
  for (at::Tensor* column : {&some.image_id, &some.repeat, &some.session}) *column = column->index_select(0, index);
  return some;
}

SubjectBetas SubjectBetas::columns(const at::Tensor& index) const {
  SubjectBetas some = *this;
  if (stored) some.stored = std::make_shared<StoredRows>(stored->columns(index));
  else some.betas = betas.index_select(1, index);
  return some;
}

bool Betas::in_memory() const {
  for (const auto& subject : subjects)
    if (subject.stored) return false;
  return views.empty();
}

Betas Betas::opened(Context& ctx) const {
  Betas read = *this;
  for (auto& subject : read.subjects) {
    if (!subject.stored) continue;
    subject.betas = subject.stored->read(ctx, at::arange(subject.trials(), at::kLong));
    subject.stored = nullptr;
  }
  return read;
}

int64_t Betas::trials() const {
  int64_t total = 0;
  for (const auto& subject : subjects) total += subject.trials();
  return total;
}

int64_t Betas::voxels() const {
  int64_t last = 0;
  for (const auto& subject : subjects) last = std::max(last, subject.first_voxel + subject.voxels());
  return last;
}

Betas Betas::rows(int64_t begin, int64_t end) const {
  Betas part = *this;
  for (auto& subject : part.subjects) {
    if (subject.stored) subject.stored = std::make_shared<StoredRows>(subject.stored->select(at::arange(begin, std::min(end, subject.trials()), at::kLong)));
    else subject.betas = subject.betas.slice(0, begin, end);
    subject.image_id = subject.image_id.slice(0, begin, end);
    subject.repeat = subject.repeat.slice(0, begin, end);
    subject.session = subject.session.slice(0, begin, end);
  }
  return part;
}

Betas Betas::concat(const std::vector<Betas>& parts) {
  Betas whole = parts.front();
  for (size_t s = 0; s < whole.subjects.size(); ++s) {
    std::vector<at::Tensor> betas, ids, repeats, sessions;
    for (const auto& part : parts) {
      if (part.subjects.size() != whole.subjects.size())
        throw Error("responses of different subjects cannot be joined row by row");
      const auto& subject = part.subjects[s];
      if (subject.stored) throw Error("stored responses cannot be joined row by row", "materialise them first");
      betas.push_back(subject.betas), ids.push_back(subject.image_id);
      repeats.push_back(subject.repeat), sessions.push_back(subject.session);
    }
    auto& subject = whole.subjects[s];
    subject.betas = at::cat(betas), subject.image_id = at::cat(ids);
    subject.repeat = at::cat(repeats), subject.session = at::cat(sessions);
  }
  return whole;
}

Value Betas::to_value() const {
  Value value{.type = kType,
              .meta = {{"id_space", id_space}, {kSplit, split}, {"predicted", predicted},
                       {"subjects", Json::array()}}};
  if (!done.empty()) value.meta["done"] = done;
  for (const auto& view : views)
    value.meta["view"] = {{"encoder", view.encoder}, {"table", view.table}, {"images", view.images},
                          {"voxels", view.voxels}, {"batch", view.batch}};
  for (const auto& subject : subjects) {
    if (subject.image_id.numel() != subject.trials() || subject.repeat.numel() != subject.trials() ||
        subject.session.numel() != subject.trials())
      throw ShapeError(subject.subject + " has " + std::to_string(subject.trials()) +
                       " trials, but image_id is " + shape_text(subject.image_id) + ", repeat is " +
                       shape_text(subject.repeat) + " and session is " + shape_text(subject.session));
    value.meta["subjects"].push_back(
        {{"subject", subject.subject}, {"first_voxel", subject.first_voxel}});
    const std::string prefix = subject.subject + ".";
    if (subject.stored) subject.stored->write_to(prefix, value.meta["subjects"].back()["stored"], value.tensors);
    else value.tensors[prefix + "betas"] = subject.betas;
    value.tensors[prefix + "image_id"] = subject.image_id;
    value.tensors[prefix + "repeat"] = subject.repeat;
    value.tensors[prefix + "session"] = subject.session;
  }
  if (!subjects.empty()) value.meta[kItems] = subjects.front().trials();
  return value;
}

Betas Betas::from_value(const Value& value) {
  Betas betas;
  betas.id_space = value.meta.at("id_space");
  betas.split = value.meta.at(kSplit);
  betas.predicted = value.meta.at("predicted");
  betas.done = value.meta.value("done", Json::array());
  if (value.meta.contains("view")) {
    const auto& view = value.meta.at("view");
    betas.views.push_back({view.at("encoder"), view.at("table"), view.at("images"),
                           view.at("voxels"), view.at("batch")});
  }
  for (const auto& entry : value.meta.at("subjects")) {
    const std::string name = entry.at("subject");
    SubjectBetas subject{name, entry.at("first_voxel"), {}, value.tensors.at(name + ".image_id"),
                         value.tensors.at(name + ".repeat"), value.tensors.at(name + ".session")};
    if (entry.contains("stored"))
      subject.stored = std::make_shared<StoredRows>(StoredRows::read_from(name + ".", entry.at("stored"), value.tensors));
    else subject.betas = value.tensors.at(name + ".betas");
    betas.subjects.push_back(std::move(subject));
  }
  return betas;
}

RepeatsOfImages repeats_of_images(const at::Tensor& image_id) {
  std::map<int64_t, size_t> place;
  std::vector<int64_t> order;
  RepeatsOfImages repeats;
  const at::Tensor ids = image_id.contiguous();
  for (int64_t row = 0; row < ids.numel(); ++row) {
    const int64_t id = ids.data_ptr<int64_t>()[row];
    const auto [known, is_new] = place.emplace(id, repeats.rows.size());
    if (is_new) repeats.rows.emplace_back(), order.push_back(id);
    repeats.rows[known->second].push_back(row);
  }
  repeats.image_id = at::tensor(order, at::kLong);
  return repeats;
}

SubjectBetas average_repeats(const SubjectBetas& trials) {
  const RepeatsOfImages repeats = repeats_of_images(trials.image_id);
  std::vector<at::Tensor> means;
  for (const auto& rows : repeats.rows) means.push_back(trials.betas.index_select(0, at::tensor(rows)).nanmean(0));  // [V]
  const at::Tensor none = at::full_like(repeats.image_id, -1);
  return {trials.subject, trials.first_voxel, at::stack(means), repeats.image_id, none, none};
}

}  // namespace bgraph
