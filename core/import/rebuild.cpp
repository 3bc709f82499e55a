#include <bgraph/core/import/rebuild.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>

#include <map>
#include <set>

namespace bgraph::import {

namespace {

using Kind = Record::Kind;

// Class of the storage, or dtype -> safetensors. A storage without a place here (quantised, complex double) is
// known but has no dtype: it is refused when its tensor is wanted.
const std::map<std::string_view, const char*> kDtypes = {
    {"torch.DoubleStorage", "F64"}, {"torch.FloatStorage", "F32"}, {"torch.HalfStorage", "F16"},
    {"torch.BFloat16Storage", "BF16"}, {"torch.LongStorage", "I64"}, {"torch.IntStorage", "I32"},
    {"torch.ShortStorage", "I16"}, {"torch.CharStorage", "I8"}, {"torch.ByteStorage", "U8"},
    {"torch.BoolStorage", "BOOL"}, {"torch.ComplexFloatStorage", "C64"}, {"torch.storage.UntypedStorage", "U8"},
    {"torch.UntypedStorage", "U8"},
    {"torch.float64", "F64"}, {"torch.float32", "F32"}, {"torch.float16", "F16"}, {"torch.bfloat16", "BF16"},
    {"torch.int64", "I64"}, {"torch.int32", "I32"}, {"torch.int16", "I16"}, {"torch.int8", "I8"},
    {"torch.uint8", "U8"}, {"torch.bool", "BOOL"}, {"torch.complex64", "C64"},
    {"torch.float8_e4m3fn", "F8_E4M3"}, {"torch.float8_e5m2", "F8_E5M2"}};

const std::set<std::string_view> kTables = {"collections.OrderedDict", "collections.defaultdict", "collections.Counter",
                                            "builtins.dict", "__builtin__.dict"};
const std::set<std::string_view> kLists = {"torch.Size", "builtins.list", "builtins.tuple", "builtins.set",
                                           "builtins.frozenset", "__builtin__.list", "__builtin__.tuple",
                                           "__builtin__.set", "__builtin__.frozenset", "collections.deque"};
const std::set<std::string_view> kReconstructors = {"copyreg._reconstructor", "copy_reg._reconstructor"};

// What training scripts leave beside the weights. Read, never used.
const std::set<std::string_view> kInert = {
    "torch.device", "torch.serialization._get_layout", "_codecs.encode", "functools.partial", "argparse.Namespace",
    "types.SimpleNamespace", "builtins.slice", "builtins.range", "builtins.complex", "builtins.bytearray",
    "builtins.bytes", "builtins.int", "builtins.float", "builtins.str", "builtins.bool", "__builtin__.bytearray",
    "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray.scalar", "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray.scalar", "numpy._core.multiarray._reconstruct", "numpy.random._pickle.__randomstate_ctor",
    "datetime.datetime", "datetime.date", "datetime.timedelta", "pathlib.PosixPath", "pathlib.WindowsPath",
    "pathlib.Path", "decimal.Decimal", "uuid.UUID", "fractions.Fraction"};

constexpr size_t kMostDims = 64;  // PyTorch's own limit

int64_t integer_of(const Record& arguments, size_t index, const char* what) {
  if (index >= arguments.items.size() || arguments.items[index]->kind != Kind::integer)
    throw Error(std::string("a tensor has no ") + what);
  return arguments.items[index]->integer;
}

std::vector<int64_t> integers_of(const Record& arguments, size_t index, const char* what) {
  if (index >= arguments.items.size() || arguments.items[index]->kind != Kind::list)
    throw Error(std::string("a tensor has no ") + what);
  const Record& list = *arguments.items[index];
  if (list.items.size() > kMostDims) throw Error("a tensor has " + std::to_string(list.items.size()) + " dimensions");
  std::vector<int64_t> values;
  for (const Record* item : list.items) {
    if (item->kind != Kind::integer || item->integer < 0)
      throw Error(std::string("the ") + what + " of a tensor holds " + describe(*item) + ", expected a count");
    values.push_back(item->integer);
  }
  return values;
}

Record* object_of(Arena& arena, const Record& made_by, const Record& arguments) {
  Record* object = arena.make(Kind::object);
  object->made_by = &made_by;
  object->arguments = &arguments;
  return object;
}

/// OrderedDict([[key, value], ...]), as Python 2 wrote it; otherwise empty and filled by the opcodes that follow.
Record* table_of(Arena& arena, const Record& arguments) {
  Record* table = arena.make(Kind::table);
  if (arguments.items.size() != 1 || arguments.items[0]->kind != Kind::list) return table;
  arena.charge(arguments.items[0]->items.size());
  for (const Record* pair : arguments.items[0]->items)
    if (pair->kind == Kind::list && pair->items.size() == 2) table->entries.emplace_back(pair->items[0], pair->items[1]);
  return table;
}

Record* list_of(Arena& arena, const Record& arguments) {
  Record* list = arena.make(Kind::list);
  if (!arguments.items.empty() && arguments.items[0]->kind == Kind::list) {
    arena.charge(arguments.items[0]->items.size());
    list->items = arguments.items[0]->items;
  }
  return list;
}

/// The tensor that is the first argument: a parameter is its tensor.
Record* first_tensor(const std::string& name, const Record& arguments) {
  if (arguments.items.empty() || arguments.items[0]->kind != Kind::tensor)
    throw Error(name + " is given " + (arguments.items.empty() ? "nothing" : describe(*arguments.items[0])) +
                ", expected a tensor");
  return arguments.items[0];
}

}  // namespace

Record* Rebuild::tensor(Arena& arena, const std::string& name, const Record& arguments) {
  if (arguments.items.empty() || arguments.items[0]->kind != Kind::storage)
    throw Error(name + " is given no storage");
  Record* tensor = arena.make(Kind::tensor);
  tensor->storage = arguments.items[0]->storage;
  tensor->integer = integer_of(arguments, 1, "offset");
  tensor->sizes = integers_of(arguments, 2, "shape");
  tensor->strides = integers_of(arguments, 3, "strides");
  if (tensor->integer < 0 || tensor->sizes.size() != tensor->strides.size())
    throw Error("a tensor has offset " + std::to_string(tensor->integer) + ", " + std::to_string(tensor->sizes.size()) +
                " sizes and " + std::to_string(tensor->strides.size()) + " strides");
  if (name.ends_with("_v3")) {  // bytes in the storage, the dtype beside it
    const Record* dtype = arguments.items.size() > 6 ? arguments.items[6] : nullptr;
    const auto found = dtype && dtype->kind == Kind::name ? kDtypes.find(dtype->text) : kDtypes.end();
    retyped_.push_back(*tensor->storage);
    retyped_.back().dtype = found == kDtypes.end() ? "" : found->second;
    tensor->storage = &retyped_.back();
  }
  return tensor;
}

Record* Rebuild::call(Arena& arena, const Record& callable, const Record& arguments) {
  const std::string name(callable.text);
  if (name == "torch._utils._rebuild_tensor" || name == "torch._utils._rebuild_tensor_v2" ||
      name == "torch._utils._rebuild_tensor_v3")
    return tensor(arena, name, arguments);
  if (name == "torch._utils._rebuild_parameter" || name == "torch._utils._rebuild_parameter_with_state")
    return first_tensor(name, arguments);
  if (name == "torch._tensor._rebuild_from_type_v2") {
    if (arguments.items.size() < 3 || arguments.items[0]->kind != Kind::name || arguments.items[2]->kind != Kind::list ||
        arguments.items[0]->text == name)
      throw Error(name + " is not given a function and its arguments");
    return call(arena, *arguments.items[0], *arguments.items[2]);
  }
  if (kTables.contains(name)) return table_of(arena, arguments);
  if (kLists.contains(name)) return list_of(arena, arguments);
  if (kReconstructors.contains(name)) {
    if (arguments.items.empty() || arguments.items[0]->kind != Kind::name) throw Error(name + " is given no class");
    return object_of(arena, *arguments.items[0], arguments);
  }
  if (kInert.contains(name) || inert_.contains(name)) return object_of(arena, callable, arguments);
  throw Error("it asks to call " + name + ", which is none of the calls that weights are made of; nothing was executed",
              "if this is harmless data beside the weights: --inert " + name + " reads it as a record");
}

Record* Rebuild::persistent(Arena& arena, const Record& id) {
  const auto& items = id.items;
  if (id.kind != Kind::list || items.size() < 2 || items[0]->kind != Kind::text)
    throw Error("a persistent id is " + describe(id) + ", expected ('storage', ...)");
  if (items[0]->text == "module") return items[1];  // legacy: a class with its source text; the name is enough
  if (items[0]->text != "storage" || items.size() < 5 || items[1]->kind != Kind::name ||
      items[2]->kind != Kind::text || items[4]->kind != Kind::integer || items[4]->integer < 0)
    throw Error("a persistent id is no ('storage', class, key, device, count)");
  constexpr size_t kLongestKey = 200;
  if (items[2]->text.size() > kLongestKey) throw Error("a storage has a key of " + std::to_string(items[2]->text.size()) + " letters");
  const auto dtype = kDtypes.find(items[1]->text);
  Storage& storage = storages_.emplace_back();
  storage.key = items[2]->text;
  if (dtype != kDtypes.end()) storage.dtype = dtype->second;
  if (__builtin_mul_overflow(static_cast<uint64_t>(items[4]->integer),
                             static_cast<uint64_t>(dtype_bits(storage.dtype) / 8), &storage.bytes))
    throw Error("storage '" + storage.key + "' claims " + std::to_string(items[4]->integer) + " elements");
  if (items.size() > 5 && items[5]->kind == Kind::list) {  // legacy: (key of the view, offset, count)
    const Record& view = *items[5];
    if (view.items.size() != 3 || view.items[1]->kind != Kind::integer || view.items[1]->integer < 0)
      throw Error("a view of a storage has no offset");
    storage.offset = view.items[1]->integer;
  }
  Record* record = arena.make(Kind::storage);
  record->storage = &storage;
  return record;
}

std::map<std::string, Storage> Rebuild::storages() const {
  std::map<std::string, Storage> by_key;
  for (const auto& storage : storages_) {
    const auto [it, fresh] = by_key.emplace(storage.key, storage);
    if (!fresh && (it->second.dtype != storage.dtype || it->second.bytes != storage.bytes))
      throw Error("storage '" + storage.key + "' is described in two ways");
  }
  return by_key;
}

}  // namespace bgraph::import
