// MaxIndicesPlan, and the plans that follow indices back: MaxUnpoolPlan and MaxPoolBackwardPlan.
#include <poolnorm/max_indices.hpp>
#include <poolnorm/pool_backward.hpp>

#include <cstdio>

#include "api/elements.hpp"
#include "api/explain.hpp"
#include "api/index_checks.hpp"
#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "drive/collect_drive.hpp"
#include "drive/index_drive.hpp"
#include "drive/worker_memory.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

struct MaxIndicesPlan::Data : MaxIndicesPlanData {};
struct MaxUnpoolPlan::Data : WayBackPlanData {};
struct MaxPoolBackwardPlan::Data : WayBackPlanData {};

MaxIndicesPlan& MaxIndicesPlan::operator=(MaxIndicesPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}
MaxUnpoolPlan& MaxUnpoolPlan::operator=(MaxUnpoolPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}
MaxPoolBackwardPlan& MaxPoolBackwardPlan::operator=(MaxPoolBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

MaxIndicesPlan::~MaxIndicesPlan() { delete data_; }
MaxUnpoolPlan::~MaxUnpoolPlan() { delete data_; }
MaxPoolBackwardPlan::~MaxPoolBackwardPlan() { delete data_; }

Result<MaxIndicesPlan> MaxIndicesPlan::make(const MaxIndicesDesc& desc, const PlanOptions& options) noexcept {
  Result<MaxIndicesPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_max_indices(desc, options, data); });
  return result;
}
Result<MaxUnpoolPlan> MaxUnpoolPlan::make(const MaxIndicesDesc& desc, const PlanOptions& options) noexcept {
  Result<MaxUnpoolPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_way_back(desc, false, options, data); });
  return result;
}
Result<MaxPoolBackwardPlan> MaxPoolBackwardPlan::make(const MaxIndicesDesc& desc, const PlanOptions& options) noexcept {
  Result<MaxPoolBackwardPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_way_back(desc, true, options, data); });
  return result;
}

namespace {

// `image` is what the pooling reads, `windows` what it writes; named so by the operation.
template <class Image, class Windows>
Status check_data(const IndexGeometry& g, const char* image_name, const Image& image, const char* windows_name,
                  const Windows& windows, const void* indices) noexcept {
  if (const Status s = check_elements(image_name, image, g.pool.src.type); !s) return s;
  if (const Status s = check_elements(windows_name, windows, g.pool.dst.type); !s) return s;
  if (const Status s = check_places(g, indices); !s) return s;
  if (overlap(g.pool.src, image.data, g.pool.dst, windows.data))
    return invalid("%s and %s overlap", image_name, windows_name);
  if (meets_indices(g.pool.src, image.data, g, indices)) return invalid("%s and indices overlap", image_name);
  if (meets_indices(g.pool.dst, windows.data, g, indices)) return invalid("%s and indices overlap", windows_name);
  return {};
}

struct WayBackNames {
  const char *operation, *image, *windows;
};
constexpr WayBackNames unpool_names{"max_unpool", "dst", "src"};
constexpr WayBackNames backward_names{"max_pool_backward", "grad_src", "grad_dst"};

Status run_back(const WayBackPlanData* p, const WayBackNames& names, ConstElements src, const void* indices, Elements dst,
                const RunContext& context, std::int64_t* skipped) noexcept {
  if (p == nullptr) return empty_plan();
  const IndexGeometry& g = p->scatter.geometry;
  std::int64_t count = 0;
  if (!g.pool.empty) {
    if (const Status s = check_data(g, names.image, dst, names.windows, src, indices); !s) return s;
    char* workspace = nullptr;
    if (const Status s = check_workspace(context, WorkerMemory::bytes_for(p->worker_bytes()), workspace); !s) return s;
    count = drive_way_back(*p, src.data, indices, dst.data, workspace, context.executor);
  }
  if (skipped != nullptr) *skipped = count;
  return {};
}

std::size_t back_bytes(const WayBackPlanData* p, const Executor& executor) noexcept {
  if (p == nullptr || p->pool().empty) return 0;
  return workspace_size(executor, WorkerMemory::bytes_for(p->worker_bytes()));
}

std::size_t explain_back(const WayBackPlanData* p, const WayBackNames& names, char* buffer, std::size_t size) noexcept {
  if (p == nullptr) return written(std::snprintf(buffer, size, "no plan"));
  const IndexGeometry& g = p->scatter.geometry;
  const Isa isa = p->scatter.isa;
  if (g.pool.empty) {
    return written(std::snprintf(buffer, size, "%s isa=%s empty tensor: nothing to do", names.operation, name(isa)));
  }
  const bool collects = p->collects;
  return written(std::snprintf(buffer, size, "%s type=%s isa=%s walk=%s indices=%s%s stages=%s tasks=%lld strip=%lld",
                               names.operation, name(g.pool.src.type), name(isa), name(g.pool.walk), name(g.type), counting(g),
                               !collects ? "scatter" : p->collect.blocks ? "blocks" : "collect",
                               static_cast<long long>(collects ? p->collect.tasks : p->scatter.tasks),
                               static_cast<long long>(collects ? p->collect.strip : p->scatter.strip)));
}

}  // namespace

Status MaxIndicesPlan::run(ConstElements src, Elements dst, void* indices, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  if (data_->geometry.pool.empty) return {};
  if (const Status s = check_data(data_->geometry, "src", src, "dst", dst, indices); !s) return s;
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, WorkerMemory::bytes_for(data_->worker_bytes()), workspace); !s) return s;
  drive_max_indices(*data_, src.data, dst.data, indices, workspace, context.executor);
  return {};
}

std::size_t MaxIndicesPlan::workspace_bytes(const Executor& executor) const noexcept {
  if (data_ == nullptr || data_->geometry.pool.empty) return 0;
  return workspace_size(executor, WorkerMemory::bytes_for(data_->worker_bytes()));
}

const TensorDesc& MaxIndicesPlan::dst() const noexcept {
  static constexpr TensorDesc none{};
  return data_ == nullptr ? none : data_->geometry.pool.dst;
}
const TensorDesc& MaxIndicesPlan::indices() const noexcept {
  static constexpr TensorDesc none{};
  return data_ == nullptr ? none : data_->geometry.indices;
}

std::size_t MaxIndicesPlan::explain(char* buffer, std::size_t size) const noexcept {
  if (data_ == nullptr) return written(std::snprintf(buffer, size, "no plan"));
  if (data_->geometry.pool.empty) {
    return written(std::snprintf(buffer, size, "max_indices isa=%s empty tensor: nothing to do", name(data_->isa)));
  }
  const RingSchedule& s = data_->schedule;
  return written(std::snprintf(buffer, size,
                               "max_indices type=%s isa=%s walk=%s indices=%s%s stages=%s tasks=%lld strip=%lld "
                               "rows_kept=%lld worker_bytes=%lld",
                               name(data_->geometry.pool.src.type), name(data_->isa), name(data_->geometry.pool.walk),
                               name(data_->geometry.type), counting(data_->geometry), name(*data_),
                               static_cast<long long>(s.tasks), static_cast<long long>(s.strip),
                               static_cast<long long>(data_->slots()), static_cast<long long>(data_->worker_bytes())));
}

Status MaxUnpoolPlan::run(ConstElements src, const void* indices, Elements dst, const RunContext& context,
                          std::int64_t* skipped) const noexcept {
  return run_back(data_, unpool_names, src, indices, dst, context, skipped);
}
std::size_t MaxUnpoolPlan::workspace_bytes(const Executor& executor) const noexcept {
  return back_bytes(data_, executor);
}
std::size_t MaxUnpoolPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_back(data_, unpool_names, buffer, size);
}

Status MaxPoolBackwardPlan::run(ConstElements grad_dst, const void* indices, Elements grad_src,
                                const RunContext& context, std::int64_t* skipped) const noexcept {
  return run_back(data_, backward_names, grad_dst, indices, grad_src, context, skipped);
}
std::size_t MaxPoolBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  return back_bytes(data_, executor);
}
std::size_t MaxPoolBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_back(data_, backward_names, buffer, size);
}

}  // namespace poolnorm
