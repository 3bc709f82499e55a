// A pickle read without executing it: opcodes of protocols 0 to 5 -> records.
//
// A pickle is a program for a stack machine that can name any function and have it called. Here names stay names,
// and what would be a call goes to `Meaning`, which knows the handful of calls that checkpoints are made of and
// throws for every other. Lengths are checked against the bytes that are left before anything is allocated; a
// memo slot is an entry of a map, whatever number it claims; nesting costs no stack.
//
// Names that a checkpoint has no business with (os, subprocess, builtins.eval, ...) are refused where they are
// named, called or not.
//
// Source: the opcode table of the Python standard library's pickletools (protocol 5, PEP 574).
#pragma once

#include <bgraph/core/import/record.h>

#include <cstddef>
#include <span>
#include <string>

namespace bgraph::import {

/// What calls and persistent ids mean in one kind of file. An Error thrown here gets file and byte added.
class Meaning {
 public:
  virtual ~Meaning() = default;
  /// The result of calling `callable` (a name) with `arguments` (a list).
  virtual Record* call(Arena& arena, const Record& callable, const Record& arguments) = 0;
  /// What a persistent id stands for.
  virtual Record* persistent(Arena& arena, const Record& id) = 0;
};

/// Reads one pickle from the start of `bytes`. `name` says which file in errors. Returns its value and sets
/// `length` to the bytes it took.
/// Errors, each with the byte: truncation, an unknown opcode, a stack that does not hold what an opcode needs,
/// a refused name or call.
Record* read_pickle(std::span<const std::byte> bytes, const std::string& name, Arena& arena, Meaning& meaning,
                    size_t& length);

}  // namespace bgraph::import
