// What the opcodes of a pickle work on: a stack of records with marks in it, and a memo.
//
// An Error is thrown where the stack or the memo does not hold what an opcode needs.
#pragma once

#include <bgraph/core/import/pickle.h>

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bgraph::import {

class PickleStack {
 public:
  PickleStack(Arena& arena, Meaning& meaning) : arena_(arena), meaning_(meaning) {}

  void push(Record* record) { stack_.push_back(record); }
  void push_kind(Record::Kind kind) { push(arena_.make(kind)); }
  void push_text(std::string_view text);
  void push_integer(int64_t value);
  void push_boolean(bool value);
  void push_number(double value);

  Record* top();
  Record* pop();
  std::vector<Record*> pop_last(size_t count);
  Record* list_of(std::vector<Record*> items);

  void mark() { marks_.push_back(stack_.size()); }
  bool mark_on_top() const { return !marks_.empty() && stack_.size() == marks_.back(); }
  std::vector<Record*> pop_mark();  // everything above the last mark, which goes too

  void remember(uint64_t slot) { memo_[slot] = top(); }
  void remember_next() { remember(memo_.size()); }
  void recall(uint64_t slot);

  void append(Record* to, const std::vector<Record*>& items);
  void set_items(Record* to, const std::vector<Record*>& items);  // key, value, key, value, ...

  /// The name of a class or function. Error if it is one that a checkpoint has no business with.
  Record* name_of(std::string_view module, std::string_view name);
  void call(const Record* callable, const Record* arguments);
  /// An object without its constructor: cls.__new__(cls, ...). Stays a record; no class is looked up.
  void push_object(const Record* made_by, const Record* arguments);
  void push_persistent(const Record* id) { push(meaning_.persistent(arena_, *id)); }

 private:
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  Arena& arena_;
  Meaning& meaning_;
  std::vector<Record*> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::unordered_map<uint64_t, Record*> memo_;
};

}  // namespace bgraph::import
