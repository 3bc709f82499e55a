// Inputs and outputs of a node, declared once as data members.
//
//   In<Betas>       betas{this, "betas", "training trials", kFits};
//   In<Tensor>      ncsnr{this, "ncsnr", {"V"}, at::kFloat, "signal sd / noise sd, unitless"};
//   InList<Betas>   more{this, "more", "further responses, in order", kOptional};
//   Out<Tensor>     ceiling{this, "ceiling", {"V"}, at::kFloat, "explainable variance, percent"};
//   Out<Images>     images{this, "images", "reconstructions", "=targets"};   // split label of input 'targets'
//
// The declaration is the check: run() may rely on everything a port promises.
#pragma once

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/value.h>
#include <bgraph/sdk/values/tensor.h>

#include <optional>
#include <string>
#include <vector>

namespace bgraph {

class Node;
class Context;

/// Flags of an input.
enum PortFlags : unsigned {
  kOptional = 1,       // may be left out
  kFits = 2,           // something is fitted to it: test and truth data are refused
  kTransductive = 4,   // fits, but may see test data; the result is labelled
  kEach = 8,           // its rows are independent items; the runtime cuts them into chunks
  kStored = 16,        // takes rows that are not in memory as they are (responses in files, tokens to be computed); without it
                       // they are read before run()
};

/// A value together with its name in the store.
struct StoredValue {
  std::shared_ptr<const Value> value;
  Digest digest;
};

class InputPort {
 public:
  InputPort(Node* owner, PortSpec spec, unsigned flags);
  InputPort(const InputPort&) = delete;
  InputPort& operator=(const InputPort&) = delete;
  virtual ~InputPort();

  const PortSpec& spec() const { return spec_; }
  bool given() const { return !digests_.empty(); }
  const Digest& digest(size_t i = 0) const { return digests_.at(i); }

  /// Takes the values; `chunk` cuts the rows of an `each` input. Errors name the port.
  void bind(const std::vector<StoredValue>& values, const std::optional<std::pair<int64_t, int64_t>>& chunk);
  /// Reads what is not in memory, unless the port takes it so (kStored).
  virtual void open_rows(Context&) {}

 protected:
  virtual void accept(const std::vector<StoredValue>& values,
                      const std::optional<std::pair<int64_t, int64_t>>& chunk) = 0;
  void check_tensor(const Tensor& tensor) const;  // rank and dtype as declared
  bool takes_stored() const { return takes_stored_; }

 private:
  PortSpec spec_;
  bool takes_stored_ = false;
  std::vector<Digest> digests_;
};

class OutputPort {
 public:
  OutputPort(Node* owner, PortSpec spec);
  OutputPort(const OutputPort&) = delete;
  OutputPort& operator=(const OutputPort&) = delete;
  virtual ~OutputPort();

  const PortSpec& spec() const { return spec_; }
  virtual bool assigned() const = 0;
  virtual Value take() = 0;
  /// Joins the outputs of the chunks of a map node, in order.
  virtual Value join(const std::vector<Value>& chunks) const = 0;

 private:
  PortSpec spec_;
};

namespace detail {

template <class T>
concept HasRows = requires(const T& value, int64_t i) { value.rows(i, i); };
template <class T>
concept HasConcat = requires(const std::vector<T>& parts) { T::concat(parts); };

template <class T>
concept HasStoredRows = requires(const T& value, Context& ctx) { value.opened(ctx); };

template <class T>
T read_as(const StoredValue& stored, const PortSpec& port) {
  if (stored.value->type != T::kType)
    throw Error("input '" + port.name + "' expects " + T::kType + ", found " + stored.value->type);
  return T::from_value(*stored.value);
}

}  // namespace detail

template <class T>
class In : public InputPort {
 public:
  In(Node* owner, std::string name, std::string doc, unsigned flags = 0)
      : InputPort(owner, {.name = std::move(name), .type = T::kType, .doc = std::move(doc)}, flags) {}
  In(Node* owner, std::string name, std::vector<std::string> dims, at::ScalarType dtype,
     std::string doc, unsigned flags = 0)
      : InputPort(owner, {.name = std::move(name), .type = T::kType, .dims = std::move(dims),
                          .dtype = dtype_name(dtype), .doc = std::move(doc)}, flags) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }
  void open_rows(Context& ctx) override {
    if constexpr (detail::HasStoredRows<T>)
      if (value_ && !takes_stored()) value_ = value_->opened(ctx);
  }

 private:
  void accept(const std::vector<StoredValue>& values,
              const std::optional<std::pair<int64_t, int64_t>>& chunk) override {
    if (values.empty()) return;
    value_ = detail::read_as<T>(values.front(), spec());
    if constexpr (std::is_same_v<T, Tensor>) check_tensor(*value_);
    if constexpr (detail::HasRows<T>)
      if (spec().each && chunk) value_ = value_->rows(chunk->first, chunk->second);
  }
  std::optional<T> value_;
};

template <class T>
class InList : public InputPort {
 public:
  InList(Node* owner, std::string name, std::string doc, unsigned flags = 0)
      : InputPort(owner, {.name = std::move(name), .type = T::kType, .doc = std::move(doc), .list = true},
                  flags) {}

  const std::vector<T>& operator*() const { return values_; }
  size_t size() const { return values_.size(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  const T& operator[](size_t i) const { return values_.at(i); }
  void open_rows(Context& ctx) override {
    if constexpr (detail::HasStoredRows<T>)
      if (!takes_stored())
        for (auto& value : values_) value = value.opened(ctx);
  }

 private:
  void accept(const std::vector<StoredValue>& values,
              const std::optional<std::pair<int64_t, int64_t>>&) override {
    values_.clear();
    for (const auto& stored : values) values_.push_back(detail::read_as<T>(stored, spec()));
  }
  std::vector<T> values_;
};

template <class T>
class Out : public OutputPort {
 public:
  /// `split`: the label its values carry ("train", "test", "truth", ...) or "=input" for that input's.
  Out(Node* owner, std::string name, std::string doc, std::string split = {})
      : OutputPort(owner, {.name = std::move(name), .type = T::kType, .doc = std::move(doc),
                           .split = std::move(split)}) {}
  Out(Node* owner, std::string name, std::vector<std::string> dims, at::ScalarType dtype,
      std::string doc, std::string split = {})
      : OutputPort(owner, {.name = std::move(name), .type = T::kType, .dims = std::move(dims),
                           .dtype = dtype_name(dtype), .doc = std::move(doc), .split = std::move(split)}) {}

  Out& operator=(T value) {
    value_ = std::move(value);
    return *this;
  }
  bool assigned() const override { return value_.has_value(); }
  Value take() override { return value_->to_value(); }
  Value join(const std::vector<Value>& chunks) const override {
    if constexpr (detail::HasConcat<T>) {
      std::vector<T> parts;
      for (const auto& chunk : chunks) parts.push_back(T::from_value(chunk));
      return T::concat(parts).to_value();
    } else {
      throw Error(std::string("outputs of type ") + T::kType + " cannot be joined from chunks");
    }
  }

 private:
  std::optional<T> value_;
};

}  // namespace bgraph
