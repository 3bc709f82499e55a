#include <bgraph/sdk/data/row_share.h>

#include <bgraph/sdk/contract/error.h>

#include <string>

namespace bgraph {

namespace {

thread_local RowShare t_share;  // total = 0 outside any scope

}  // namespace

RowScope::RowScope(const RowShare& share) : before_(t_share) { t_share = share; }

RowScope::~RowScope() { t_share = before_; }

RowShare RowScope::rows(int64_t count) {
  if (t_share.total == 0) return {0, count, count};
  if (count % t_share.count != 0)
    throw Error("numbers for " + std::to_string(count) + " rows are drawn where a batch is shared, expected a multiple "
                    "of this process's " + std::to_string(t_share.count) + " rows",
                "draw what does not belong to rows before the RowScope");
  const int64_t each = count / t_share.count;
  return {t_share.begin * each, count, t_share.total * each, t_share.ranks};
}

}  // namespace bgraph
