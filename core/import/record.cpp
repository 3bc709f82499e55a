#include <bgraph/core/import/record.h>

#include <bgraph/sdk/contract/error.h>

namespace bgraph::import {

namespace {

// A record is some 200 bytes and can be asked for by one byte of a pickle: this many take under 1 GiB. The largest
// published checkpoints have some 10^5.
constexpr size_t kMostRecords = size_t{1} << 22;

const Record* find_entry(const Record& table, std::string_view key) {
  for (const auto& [name, value] : table.entries)
    if (name->kind == Record::Kind::text && name->text == key) return value;
  return nullptr;
}

}  // namespace

const Record* find(const Record& record, std::string_view key) {
  if (const Record* own = find_entry(record, key)) return own;
  return record.kind == Record::Kind::object && record.state ? find_entry(*record.state, key) : nullptr;
}

void Arena::charge(size_t copies) {
  charged_ += copies;
  if (charged_ > kMostRecords)
    throw Error("it describes more than " + std::to_string(kMostRecords) + " things, more than any checkpoint holds");
}

Record* Arena::make(Record::Kind kind) {
  charge(1);
  Record& record = records_.emplace_back();
  record.kind = kind;
  return &record;
}

std::string describe(const Record& record) {
  using Kind = Record::Kind;
  switch (record.kind) {
    case Kind::none: return "nothing";
    case Kind::boolean: return record.integer ? "True" : "False";
    case Kind::integer: return "the number " + std::to_string(record.integer);
    case Kind::number: return "the number " + std::to_string(record.number);
    case Kind::text: return "the text '" + std::string(record.text.substr(0, 80)) + "'";
    case Kind::list: return "a list of " + std::to_string(record.items.size());
    case Kind::table: return "a table of " + std::to_string(record.entries.size());
    case Kind::name: return "the name " + std::string(record.text);
    case Kind::object: return "an object of class " + std::string(record.made_by ? record.made_by->text : "unknown");
    case Kind::storage: return "a storage";
    case Kind::tensor: return "a tensor";
  }
  return "something unknown";
}

}  // namespace bgraph::import
