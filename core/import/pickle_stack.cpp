#include <bgraph/core/import/pickle_stack.h>

#include <bgraph/core/import/forbidden.h>
#include <bgraph/sdk/contract/error.h>

#include <string>

namespace bgraph::import {

using Kind = Record::Kind;

void PickleStack::push_text(std::string_view text) {
  push_kind(Kind::text);
  stack_.back()->text = text;
}

void PickleStack::push_integer(int64_t value) {
  push_kind(Kind::integer);
  stack_.back()->integer = value;
}

void PickleStack::push_boolean(bool value) {
  push_kind(Kind::boolean);
  stack_.back()->integer = value;
}

void PickleStack::push_number(double value) {
  push_kind(Kind::number);
  stack_.back()->number = value;
}

Record* PickleStack::top() {
  if (stack_.size() <= floor()) throw Error("the stack is empty");
  return stack_.back();
}

Record* PickleStack::pop() {
  Record* record = top();
  stack_.pop_back();
  return record;
}

std::vector<Record*> PickleStack::pop_last(size_t count) {
  std::vector<Record*> items(count);
  for (size_t i = count; i-- > 0;) items[i] = pop();
  return items;
}

Record* PickleStack::list_of(std::vector<Record*> items) {
  Record* list = arena_.make(Kind::list);
  list->items = std::move(items);
  return list;
}

std::vector<Record*> PickleStack::pop_mark() {
  if (marks_.empty()) throw Error("there is no mark on the stack");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<Record*> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleStack::recall(uint64_t slot) {
  const auto found = memo_.find(slot);
  if (found == memo_.end()) throw Error("it recalls slot " + std::to_string(slot) + ", which nothing was put into");
  push(found->second);
}

void PickleStack::append(Record* to, const std::vector<Record*>& items) {
  if (to->kind != Kind::list && to->kind != Kind::object) throw Error("it appends to " + describe(*to));
  to->items.insert(to->items.end(), items.begin(), items.end());
}

void PickleStack::set_items(Record* to, const std::vector<Record*>& items) {
  if (to->kind != Kind::table && to->kind != Kind::object) throw Error("it sets items of " + describe(*to));
  if (items.size() % 2 != 0) throw Error("it sets a key without a value");
  for (size_t i = 0; i < items.size(); i += 2) to->entries.emplace_back(items[i], items[i + 1]);
}

Record* PickleStack::name_of(std::string_view module, std::string_view name) {
  constexpr size_t kLongest = 500;  // it is copied each time it is named
  if (module.size() + name.size() > kLongest) throw Error("it names something with more than 500 letters");
  Record* record = arena_.make(Kind::name);
  record->text = arena_.keep(std::string(module) + "." + std::string(name));
  require_harmless(record->text);
  return record;
}

void PickleStack::call(const Record* callable, const Record* arguments) {
  if (callable->kind != Kind::name) throw Error("it calls " + describe(*callable) + ", which is no function");
  if (arguments->kind != Kind::list) throw Error("it calls " + std::string(callable->text) + " without arguments");
  push(meaning_.call(arena_, *callable, *arguments));
}

void PickleStack::push_object(const Record* made_by, const Record* arguments) {
  if (made_by->kind != Kind::name) throw Error("it makes an object of " + describe(*made_by) + ", which is no class");
  push_kind(Kind::object);
  stack_.back()->made_by = made_by;
  stack_.back()->arguments = arguments;
}

}  // namespace bgraph::import
