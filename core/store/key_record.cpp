#include <bgraph/core/store/key_record.h>

#include <bgraph/sdk/contract/error.h>

namespace bgraph::store {

Json to_json(const KeyRecord& record) {
  Json outputs = Json::object();
  for (const auto& [port, digest] : record.outputs) outputs[port] = digest.hex();
  Json json = {{"key", record.key},         {"type", record.type},         {"node", record.node},
               {"preimage", record.preimage}, {"outputs", outputs},        {"build_id", record.build_id},
               {"made_by", record.made_by}, {"made_at", record.made_at},   {"seconds", record.seconds},
               {"peak_mib", record.peak_mib}, {"warnings", record.warnings}, {"profile", record.profile}};
  if (record.input_size.known())
    json["input_size"] = {{"mib", record.input_size.mib}, {"unit_mib", record.input_size.unit_mib}};
  return json;
}

KeyRecord key_record_from_json(const Json& json) {
  try {
    KeyRecord record{.key = json.at("key"),
                     .type = json.at("type"),
                     .node = json.at("node"),
                     .preimage = json.at("preimage"),
                     .build_id = json.value("build_id", ""),
                     .made_by = json.at("made_by"),
                     .made_at = json.at("made_at"),
                     .seconds = json.at("seconds"),
                     .peak_mib = json.at("peak_mib"),
                     .warnings = json.at("warnings"),
                     .profile = json.at("profile")};
    if (json.contains("input_size"))
      record.input_size = {json["input_size"].at("mib"), json["input_size"].at("unit_mib")};
    for (const auto& [port, digest] : json.at("outputs").items())
      record.outputs[port] = Digest::from_hex(digest.get<std::string>());
    return record;
  } catch (const Json::exception& error) {
    throw Error(std::string("malformed key record: ") + error.what());
  }
}

}  // namespace bgraph::store
