#include <bgraph/core/worker/ranks_apart.h>

#include <bgraph/core/worker/own_unit.h>
#include <bgraph/sdk/contract/unit.h>
#include <bgraph/sdk/train/collectives.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <thread>

namespace bgraph::worker {

namespace {

constexpr char kHome[] = "go home";
constexpr std::chrono::seconds kPatience{30};

std::string order_key(int number) { return "order/" + std::to_string(number); }

std::string left_key(int rank) { return "left/" + std::to_string(rank); }

}  // namespace

int meet(const std::string& text) {
  const RankPlace place = rank_place_from_json(Json::parse(text));
  const Meeting meeting(place);
  int number = 0;
  for (std::string line; std::getline(std::cin, line);) meeting.say(order_key(number++), line);
  meeting.say(order_key(number), kHome);
  const auto gone = [&] {
    for (int rank = 1; rank < place.size; ++rank)
      if (!meeting.said(left_key(rank))) return false;
    return true;
  };
  const auto end = std::chrono::steady_clock::now() + kPatience;  // one that died will not say it
  while (!gone() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return 0;
}

int follow(const std::string& text) {
  RankPlace place = rank_place_from_json(Json::parse(text));
  place.hosted = true;
  const Meeting meeting(place);
  serve_own([&](const RunUnit& run) {
    for (int number = 0;; ++number) {
      const std::string order = meeting.hear(order_key(number));
      if (order == kHome) break;
      ::signal(SIGTERM, SIG_IGN);  // rank 0 decides when all of them write a checkpoint and stop
      Unit unit = unit_from_json(Json::parse(order));
      place.serial = unit.place.serial;
      unit.place = place;
      const Json answer = run(unit, [](const Json&) {});
      if (answer.at("what") == "done" || answer.value("cancelled", false)) continue;
      std::fprintf(stderr, "rank %d: %s\n", place.rank, answer.value("message", "").c_str());
      return 1;
    }
    meeting.say(left_key(place.rank), "");
    return 0;
  });
}

}  // namespace bgraph::worker
