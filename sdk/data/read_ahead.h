// One batch ahead: a thread reads what will be wanted next while the caller works with what it has.
//
//   ReadAhead<Rows, at::Tensor> batches([&](const Rows& rows) { return stored.read(ctx, rows); });
//   for (...) {
//     const at::Tensor batch = batches.take(rows_of(step));   // read already, except the first
//     batches.begin(rows_of(step + 1));
//     train_on(batch);
//   }
//
// Results are those of calling `read` oneself, as long as it is a function of what is wanted; it runs in another thread than the
// caller's, one call at a time. What it throws (Cancelled too) is thrown by the take() that wants it. What was begun
// and is never taken is dropped; the end waits for the call under way, which should look at ctx.stop_if_cancelled() between files.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace bgraph {

template <class Wanted, class Found>
class ReadAhead {
 public:
  explicit ReadAhead(std::function<Found(const Wanted&)> read) : read_(std::move(read)) {}
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  /// What is wanted, read ahead if it was begun last, else now.
  Found take(const Wanted& wanted) {
    if (!begun_ || !(begun_->first == wanted)) return read_(wanted);
    std::future<Found> found = std::move(begun_->second);
    begun_.reset();
    return found.get();
  }

  /// Begins to read what the next take() is thought to want.
  void begin(Wanted wanted) {
    std::packaged_task<Found()> task([this, wanted] { return read_(wanted); });
    begun_.emplace(std::move(wanted), task.get_future());
    {
      const std::lock_guard lock(mutex_);
      task_ = std::move(task);
    }
    wake_.notify_one();
    if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  }

 private:
  void serve() {
    for (;;) {
      std::packaged_task<Found()> task;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return over_ || task_.valid(); });
        if (over_) return;
        task = std::move(task_);
        task_ = {};
      }
      task();
    }
  }

  std::function<Found(const Wanted&)> read_;
  std::optional<std::pair<Wanted, std::future<Found>>> begun_;
  std::packaged_task<Found()> task_;  // not begun with yet
  bool over_ = false;
  std::mutex mutex_;  // of task_ and over_
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace bgraph
