// What a pickle says, as data: numbers, texts, lists, tables, and inert records where it names classes.
//
// Nothing here can act. A class is a name, an object is that name with what the pickle would have given it
// (`made_by`, `arguments`, `items`, `entries`, `state`). Records of one file live in one Arena, are shared where the
// pickle shares them, and may form circles.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bgraph::import {

struct Storage;  // checkpoint.h: numbers of one dtype somewhere in the file

struct Record {
  enum class Kind {
    none, boolean, integer, number, text,
    list,     // also tuples and sets: items
    table,    // dictionaries: entries, in order
    name,     // of a class or function, as text "module.name"
    object,   // made_by with items, entries and state, as far as given
    storage,
    tensor,
  };
  Kind kind = Kind::none;
  int64_t integer = 0;       // boolean, integer; tensor: offset in the storage, in elements
  double number = 0;
  std::string_view text;     // of the file, or kept by the arena
  std::vector<Record*> items;
  std::vector<std::pair<Record*, Record*>> entries;
  const Record* made_by = nullptr;       // object
  const Record* arguments = nullptr;     // object: what its constructor would have got
  Record* state = nullptr;               // object, table: what BUILD gave it
  const Storage* storage = nullptr;      // storage, tensor
  std::vector<int64_t> sizes, strides;   // tensor
};

/// The value of a text key in a table or in the table that is an object's state; null if there is none.
const Record* find(const Record& record, std::string_view key);

class Arena {
 public:
  /// Error above the number of records that a checkpoint can need, however large its tensors.
  Record* make(Record::Kind kind);
  /// Counts what is copied out of a record like records: a short pickle could ask for the same copy again and again.
  void charge(size_t copies);
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

 private:
  std::deque<Record> records_;  // stable addresses
  std::deque<std::string> texts_;
  size_t charged_ = 0;
};

/// "a list", "an object of class models.Net", for messages.
std::string describe(const Record& record);

}  // namespace bgraph::import
