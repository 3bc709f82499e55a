#include <bgraph/core/import/pickle.h>

#include <bgraph/core/import/byte_reader.h>
#include <bgraph/core/import/pickle_stack.h>
#include <bgraph/sdk/contract/error.h>

#include <bit>
#include <charconv>

namespace bgraph::import {

namespace {

using Kind = Record::Kind;

/// Both bases are private: an opcode speaks of bytes and stack in one breath.
class Machine : private ByteReader, private PickleStack {
 public:
  Machine(std::span<const std::byte> bytes, Arena& arena, Meaning& meaning)
      : ByteReader(bytes), PickleStack(arena, meaning) {}

  /// Runs to STOP; the value it leaves.
  Record* run() {
    while (true) {
      opcode_at_ = at();
      const auto opcode = static_cast<unsigned char>(take(1).front());
      if (opcode == '.') return pop();
      step(opcode);
    }
  }
  size_t opcode_at() const { return opcode_at_; }
  size_t taken() const { return at(); }

 private:
  void step(unsigned char opcode);
  bool step_constant(unsigned char opcode);
  bool step_container(unsigned char opcode);
  bool step_memo(unsigned char opcode);
  bool step_name(unsigned char opcode);
  bool step_object(unsigned char opcode);
  void push_decimal(std::string_view text);
  void push_long(std::string_view raw);
  void push_float(std::string_view text);

  size_t opcode_at_ = 0;
};

void Machine::step(unsigned char opcode) {
  if (step_constant(opcode) || step_container(opcode) || step_memo(opcode) || step_name(opcode) ||
      step_object(opcode))
    return;
  throw Error("opcode " + std::to_string(opcode) + " is none that a checkpoint uses");
}

void Machine::push_decimal(std::string_view text) {
  if (text == "00" || text == "01") return push_boolean(text == "01");  // INT doubles as bool in protocol 0
  if (text.ends_with('L')) text.remove_suffix(1);
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    throw Error("'" + std::string(text.substr(0, 40)) + "' is no integer of 64 bits");
  push_integer(value);
}

/// Little-endian two's complement of any length. One that exceeds 64 bits (a seed, a magic number) is kept as its bytes.
void Machine::push_long(std::string_view raw) {
  if (raw.size() > 8) return push_text(raw);
  uint64_t value = 0;
  for (size_t i = 0; i < raw.size(); ++i) value |= uint64_t{static_cast<unsigned char>(raw[i])} << (8 * i);
  const bool negative = !raw.empty() && (static_cast<unsigned char>(raw.back()) & 0x80) != 0;
  if (negative && raw.size() < 8) value |= ~uint64_t{0} << (8 * raw.size());
  push_integer(static_cast<int64_t>(value));
}

void Machine::push_float(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    throw Error("'" + std::string(text.substr(0, 40)) + "' is no number");
  push_number(value);
}

bool Machine::step_constant(unsigned char opcode) {
  switch (opcode) {
    case 0x80:  // PROTO
      if (const uint64_t protocol = unsigned_le(1); protocol > 5)
        throw Error("it says protocol " + std::to_string(protocol) + ", known are 0 to 5");
      return true;
    case 0x95: unsigned_le(8); return true;  // FRAME: a hint for reading ahead
    case 'N': push_kind(Kind::none); return true;
    case 0x88: push_boolean(true); return true;
    case 0x89: push_boolean(false); return true;
    case 'I': case 'L': push_decimal(line()); return true;
    case 'J': push_integer(static_cast<int32_t>(unsigned_le(4))); return true;
    case 'K': push_integer(static_cast<int64_t>(unsigned_le(1))); return true;
    case 'M': push_integer(static_cast<int64_t>(unsigned_le(2))); return true;
    case 0x8a: push_long(counted(1)); return true;
    case 0x8b: push_long(counted(4)); return true;
    case 'F': push_float(line()); return true;
    case 'G': push_number(std::bit_cast<double>(__builtin_bswap64(unsigned_le(8)))); return true;  // the one big-endian opcode
    case 'S': case 'V': push_text(line()); return true;  // quotes and escapes stay: protocol 0 holds no names of tensors
    case 'T': case 'X': case 'B': push_text(counted(4)); return true;
    case 'U': case 'C': case 0x8c: push_text(counted(1)); return true;
    case 0x8d: case 0x8e: case 0x96: push_text(counted(8)); return true;
    default: return false;
  }
}

bool Machine::step_container(unsigned char opcode) {
  switch (opcode) {
    case '(': mark(); return true;
    case '1': pop_mark(); return true;
    case '0': mark_on_top() ? void(pop_mark()) : void(pop()); return true;
    case '2': push(top()); return true;
    case ']': case ')': case 0x8f: push_kind(Kind::list); return true;
    case '}': push_kind(Kind::table); return true;
    case 'l': case 't': case 0x91: push(list_of(pop_mark())); return true;
    case 0x85: case 0x86: case 0x87: push(list_of(pop_last(opcode - 0x84u))); return true;
    case 'd': {
      const auto items = pop_mark();
      push_kind(Kind::table);
      set_items(top(), items);
      return true;
    }
    case 'a': {
      Record* item = pop();
      append(top(), {item});
      return true;
    }
    case 'e': case 0x90: {
      const auto items = pop_mark();
      append(top(), items);
      return true;
    }
    case 's': {
      const auto entry = pop_last(2);
      set_items(top(), entry);
      return true;
    }
    case 'u': {
      const auto items = pop_mark();
      set_items(top(), items);
      return true;
    }
    default: return false;
  }
}

bool Machine::step_memo(unsigned char opcode) {
  const auto slot = [this] {
    push_decimal(line());
    return static_cast<uint64_t>(pop()->integer);
  };
  switch (opcode) {
    case 'p': remember(slot()); return true;
    case 'q': remember(unsigned_le(1)); return true;
    case 'r': remember(unsigned_le(4)); return true;
    case 0x94: remember_next(); return true;  // MEMOIZE
    case 'g': recall(slot()); return true;
    case 'h': recall(unsigned_le(1)); return true;
    case 'j': recall(unsigned_le(4)); return true;
    default: return false;
  }
}

bool Machine::step_name(unsigned char opcode) {
  switch (opcode) {
    case 'c': {
      const std::string_view module = line(), name = line();
      push(name_of(module, name));
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      const auto words = pop_last(2);
      if (words[0]->kind != Kind::text || words[1]->kind != Kind::text) throw Error("it names something by no text");
      push(name_of(words[0]->text, words[1]->text));
      return true;
    }
    case 'P': push_text(line()); push_persistent(pop()); return true;
    case 'Q': push_persistent(pop()); return true;
    default: return false;
  }
}

bool Machine::step_object(unsigned char opcode) {
  switch (opcode) {
    case 'R': {
      const auto both = pop_last(2);
      call(both[0], both[1]);
      return true;
    }
    case 'i': {  // INST: a class by name, called with what is above the mark
      const std::string_view module = line(), name = line();
      const Record* callable = name_of(module, name);
      call(callable, list_of(pop_mark()));
      return true;
    }
    case 'o': {  // OBJ: the same, the class on the stack
      auto items = pop_mark();
      if (items.empty()) throw Error("it calls nothing");
      const Record* callable = items.front();
      items.erase(items.begin());
      call(callable, list_of(std::move(items)));
      return true;
    }
    case 0x81: case 0x92: {  // NEWOBJ, NEWOBJ_EX
      if (opcode == 0x92) pop();
      const auto both = pop_last(2);
      push_object(both[0], both[1]);
      return true;
    }
    case 'b': {
      Record* state = pop();
      Record* to = top();
      if (to->kind == Kind::object || to->kind == Kind::table) to->state = state;
      return true;
    }
    default: return false;
  }
}

}  // namespace

Record* read_pickle(std::span<const std::byte> bytes, const std::string& name, Arena& arena, Meaning& meaning,
                    size_t& length) {
  Machine machine(bytes, arena, meaning);
  try {
    Record* value = machine.run();
    length = machine.taken();
    return value;
  } catch (const Error& error) {
    throw Error(name + ", byte " + std::to_string(machine.opcode_at()) + ": " + error.what(), error.fix());
  }
}

}  // namespace bgraph::import
