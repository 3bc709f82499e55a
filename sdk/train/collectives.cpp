// The one place that knows c10d. LibTorch carries gloo, but its header needs gloo's own (libgloo-dev); where those were
// not found when bgraph was built, several ranks are refused in a sentence. NCCL likewise, with nccl.h.
#include <bgraph/sdk/train/collectives.h>

#include <bgraph/sdk/contract/error.h>

#ifdef BGRAPH_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif
#ifdef BGRAPH_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <chrono>
#include <cstdlib>
#include <vector>

namespace bgraph {

Collectives::~Collectives() = default;

#ifdef BGRAPH_GLOO

namespace {

constexpr std::chrono::minutes kPatience{10};  // for the others to come
constexpr std::chrono::hours kLongest{240};    // of one wait: rank 0 may validate for long. Death is noticed at once

/// c10d's own errors, with what they mean here.
template <class Call>
auto told(Call call) {
  try {
    return call();
  } catch (const std::exception& error) {
    const std::string text = error.what();
    throw Error("the ranks lost each other: " + text.substr(0, text.find('\n')),
                "another rank failed or its machine is gone; what it said stands above or in its own log");
  }
}

/// Any c10d group: their base class differs between releases of LibTorch, these calls do not.
template <class Group>
class GroupCollectives final : public Collectives {
 public:
  explicit GroupCollectives(c10::intrusive_ptr<Group> group) : group_(std::move(group)) {}

  std::function<void()> start_sum(at::Tensor tensor) override {
    std::vector<at::Tensor> tensors = {std::move(tensor)};
    const auto work = told([&] { return group_->allreduce(tensors); });
    return [work] { told([&] { return work->wait(); }); };
  }

  void broadcast(at::Tensor tensor) override {
    std::vector<at::Tensor> tensors = {std::move(tensor)};
    told([&] { return group_->broadcast(tensors)->wait(); });
  }

 private:
  c10::intrusive_ptr<Group> group_;
};

/// The network between the machines. GLOO_SOCKET_IFNAME names an interface, as for torch; without it the one that
/// the host's name leads to, and loopback where all ranks are on this machine.
std::shared_ptr<::gloo::transport::Device> network(const RankPlace& place) {
  if (const char* name = std::getenv("GLOO_SOCKET_IFNAME")) return c10d::ProcessGroupGloo::createDeviceForInterface(name);
  if (place.address == "127.0.0.1") return c10d::ProcessGroupGloo::createDeviceForHostname(place.address);
  return c10d::ProcessGroupGloo::createDefaultDevice();
}

/// Newer releases prefer a store of another library, which not every build of them has.
template <class Options>
void plain_sockets(Options& options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

}  // namespace

struct Meeting::State {
  RankPlace place;
  c10::intrusive_ptr<c10d::Store> store;
};

Meeting::Meeting(const RankPlace& place) : state_(new State{place, {}}) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(place.port);
  options.isServer = place.rank == 0 && !place.hosted;
  options.numWorkers = place.size;
  options.waitWorkers = false;  // the groups wait for each other anyway
  options.timeout = kPatience;
  plain_sockets(options);
  try {
    state_->store = c10::make_intrusive<c10d::PrefixStore>(
        "bgraph/" + std::to_string(place.attempt), c10::make_intrusive<c10d::TCPStore>(place.address, options));
  } catch (const std::exception& error) {
    const std::string text = error.what();
    throw Error("rank " + std::to_string(place.rank) + " cannot meet the others at " + place.address + ":" +
                    std::to_string(place.port) + ": " + text.substr(0, text.find('\n')),
                "MASTER_ADDR and MASTER_PORT must lead every rank to rank 0");
  }
}

void Meeting::say(const std::string& key, const std::string& text) const {
  told([&] { state_->store->set(key, std::vector<uint8_t>(text.begin(), text.end())); });
}

std::string Meeting::hear(const std::string& key) const {
  return told([&] {
    state_->store->wait({key}, kLongest);
    const auto bytes = state_->store->get(key);
    return std::string(bytes.begin(), bytes.end());
  });
}

bool Meeting::said(const std::string& key) const {
  return told([&] { return state_->store->check({key}); });
}

std::unique_ptr<Collectives> Meeting::group(const std::string& name, const at::Device& device) const {
  const auto& [place, store] = *state_;
  const auto own = c10::make_intrusive<c10d::PrefixStore>(std::to_string(place.serial) + "/" + name, store);
  if (device.is_cuda()) {
#ifdef BGRAPH_NCCL
    return std::make_unique<GroupCollectives<c10d::ProcessGroupNCCL>>(
        c10::make_intrusive<c10d::ProcessGroupNCCL>(own, place.rank, place.size));
#else
    throw Error("this build cannot train on several GPUs: it was made without NCCL",
                "install NCCL's header (nccl.h) and build again, or train with ranks = 1");
#endif
  }
  return told([&] {
    const auto options = c10d::ProcessGroupGloo::Options::create(kLongest);
    options->devices.push_back(network(place));
    return std::make_unique<GroupCollectives<c10d::ProcessGroupGloo>>(
        c10::make_intrusive<c10d::ProcessGroupGloo>(own, place.rank, place.size, options));
  });
}

#else

struct Meeting::State {};

Meeting::Meeting(const RankPlace&) {
  throw Error("this build cannot train in several processes: it was made without gloo",
              "install gloo's headers (libgloo-dev) and build again, or train with ranks = 1");
}

void Meeting::say(const std::string&, const std::string&) const {}
std::string Meeting::hear(const std::string&) const { return ""; }
bool Meeting::said(const std::string&) const { return false; }
std::unique_ptr<Collectives> Meeting::group(const std::string&, const at::Device&) const { return nullptr; }

#endif

Meeting::~Meeting() = default;

}  // namespace bgraph
