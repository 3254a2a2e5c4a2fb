#include <poolnorm/group_norm.hpp>

#include <cstdio>

#include "api/explain.hpp"
#include "api/norm_checks.hpp"
#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "drive/channel_norm_drive.hpp"
#include "drive/row_norm_drive.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/channel_norm_plan.hpp"
#include "plan/row_norm_plan.hpp"

namespace poolnorm {

// Without spatial elements the group's channels are rows.
struct GroupNormPlan::Data {
  ChannelNormPlanData channels;
  RowNormPlanData rows;
  bool by_rows = false;
};

GroupNormPlan& GroupNormPlan::operator=(GroupNormPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

GroupNormPlan::~GroupNormPlan() { delete data_; }

Result<GroupNormPlan> GroupNormPlan::make(const GroupNormDesc& desc, const PlanOptions& options) noexcept {
  Result<GroupNormPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) {
    const ChannelNormPlanData& p = data.channels;
    Status status = plan_channel_norm(desc, options, data.channels);
    data.by_rows = status && !p.empty && p.spatial == 1 && p.channels_last;
    return data.by_rows ? plan_row_norm(desc, options, data.rows) : status;
  });
  return result;
}

Status GroupNormPlan::run(const GroupNormData& d, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const ChannelNormPlanData& p = data_->channels;
  if (p.empty) return {};
  Status s;
  const std::int64_t c = p.channels, statistics = p.sets * p.groups();
  if (!(s = check_apart("src", p.src, d.src, p.dst, d.dst))) return s;
  if (!(s = check_array(p.data, "gamma", d.gamma, c)) || !(s = check_array(p.data, "beta", d.beta, c))) return s;
  if (!(s = check_array(p.data, "saved_mean", d.saved_mean, statistics))) return s;
  if (!(s = check_array(p.data, "saved_mean_low", d.saved_mean_low, statistics))) return s;
  if (!(s = check_array(p.data, "saved_invstd", d.saved_invstd, statistics))) return s;
  const SavedStatistics saved{numbers_of(d.saved_mean), numbers_of(d.saved_mean_low), numbers_of(d.saved_invstd)};
  if (data_->by_rows) {
    drive_row_norm(data_->rows,
                   {d.src.data, nullptr, nullptr, d.dst.data, numbers_of(d.gamma), numbers_of(d.beta), saved},
                   context.executor);
    return {};
  }
  const ChannelNormMemory memory = channel_norm_memory(p, worker_count(context.executor));
  char* workspace = nullptr;
  if (!(s = check_workspace(context, memory.worker, workspace, memory.shared))) return s;
  ChannelNormRun run = {};
  run.src = d.src.data;
  run.dst = d.dst.data;
  run.gamma = numbers_of(d.gamma);
  run.beta = numbers_of(d.beta);
  run.saved = saved;
  drive_channel_norm(p, run, context.executor, workspace);
  return {};
}

std::size_t GroupNormPlan::workspace_bytes(const Executor& executor) const noexcept {
  if (data_ == nullptr || data_->by_rows) return 0;
  const ChannelNormMemory memory = channel_norm_memory(data_->channels, worker_count(executor));
  return workspace_size(executor, memory.worker, memory.shared);
}

std::size_t GroupNormPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->channels.empty) {
    length = std::snprintf(buffer, size, "group norm isa=%s empty tensor: nothing to do", name(data_->channels.isa));
  } else {
    const ChannelNormPlanData& p = data_->channels;
    length = std::snprintf(buffer, size, "group norm type=%s isa=%s channels=%s groups=%lld store=%s", name(p.src.type),
                           name(p.isa),
                           data_->by_rows    ? "rows"
                           : p.channels_last ? "last"
                                             : "first",
                           static_cast<long long>(p.groups()), p.stream ? "streaming" : "cached");
  }
  return written(length);
}

}  // namespace poolnorm
