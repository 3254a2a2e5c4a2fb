#include "run.hpp"

#include <cstring>
#include <memory>

#include "reference.hpp"
#include "tensor.hpp"

namespace poolnorm::tests {
namespace {

// Exactly the workspace that the plan asks for, at the address worst for alignment, with guard pages and
// canaries around it.
class Workspace {
 public:
  template <class Plan>
  Workspace(const Plan& plan, const Executor& executor)
      : bytes_(plan.workspace_bytes(executor)), buffer_(static_cast<std::int64_t>(bytes_ / sizeof(float) + 2 * line)) {
    const std::size_t last = buffer_bytes() - bytes_;
    first_ = last - (last - 1) % line;  // the page, and so the buffer's end, is aligned: 1 behind a line
    context_ = {executor, memory() + first_, bytes_};
  }
  const RunContext& context() const { return context_; }
  bool surroundings_untouched() const {
    const auto intact = [this](std::size_t begin, std::size_t end) {
      char pattern[sizeof canary];
      std::memcpy(pattern, &canary, sizeof canary);
      for (std::size_t i = begin; i < end; ++i) {
        if (memory()[i] != pattern[i % sizeof canary]) return false;
      }
      return true;
    };
    return intact(0, first_) && intact(first_ + bytes_, buffer_bytes());
  }

 private:
  static constexpr std::size_t line = 64;
  char* memory() const { return reinterpret_cast<char*>(const_cast<std::uint32_t*>(buffer_.pages_begin())); }
  std::size_t buffer_bytes() const {
    return static_cast<std::size_t>(buffer_.pages_end() - buffer_.pages_begin()) * sizeof(float);
  }

  std::size_t bytes_;
  GuardedBuffer buffer_;
  std::size_t first_ = 0;
  RunContext context_;
};

template <class Desc>
Dense run_any_norm(const Desc& desc, const Dense& src, const Dense* residual, const How& how, Alias alias) {
  Result<NormPlan> plan = NormPlan::make(desc, how.options());
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  REQUIRE_MESSAGE((how.isa == Isa::best || runs_on(*plan, how.isa)), explain(*plan));
  Tensor x(desc.src, src, how.src);
  std::unique_ptr<Tensor> r, own;
  if (residual != nullptr) r = std::make_unique<Tensor>(desc.residual);
  if (r) r->write(*residual);
  Tensor* y = alias == Alias::src ? &x : r.get();
  if (alias == Alias::none) {
    own = std::make_unique<Tensor>(desc.dst.rank == 0 ? desc.src : desc.dst, how.dst);
    y = own.get();
  }
  const Workspace workspace(*plan, how.executor);
  const Status status = r ? plan->run(x.data(), r->data(), y->data(), workspace.context())
                          : plan->run(x.data(), y->data(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(y->gaps_untouched());
  CHECK(workspace.surroundings_untouched());
  return y->read();
}

}  // namespace

Dense run_pool(const PoolDesc& desc, const Dense& src, const How& how) {
  Result<PoolPlan> plan = PoolPlan::make(desc, how.options());
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  REQUIRE_MESSAGE((how.isa == Isa::best || runs_on(*plan, how.isa)), explain(*plan));
  REQUIRE(dims_of(plan->dst()) == reference::geometry(desc).output_dims(desc.src));
  const Tensor x(desc.src, src, how.src);
  const Tensor y(plan->dst(), how.dst);
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(x.data(), y.data(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(y.gaps_untouched());
  CHECK(workspace.surroundings_untouched());
  return y.read();
}

Dense run_norm(const BatchNormDesc& desc, const Dense& src, const Dense* residual, const How& how, Alias alias) {
  return run_any_norm(desc, src, residual, how, alias);
}

Dense run_norm(const ScaleShiftDesc& desc, const Dense& src, const Dense* residual, const How& how, Alias alias) {
  return run_any_norm(desc, src, residual, how, alias);
}

ChainOutputs run_chain(const ChainDesc& desc, const Dense& src, const Dense* residual, const How& how, bool in_place) {
  Result<ChainPlan> plan = ChainPlan::make(desc, how.options());
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  REQUIRE_MESSAGE((how.isa == Isa::best || runs_on(*plan, how.isa)), explain(*plan));
  const Tensor x(desc.src, src, how.src);
  std::unique_ptr<Tensor> r, own;
  ChainData data;
  data.src = x.data();
  if (residual != nullptr) {
    r = std::make_unique<Tensor>(desc.residual, *residual);
    data.residual = r->data();
  }
  const bool writes = desc.intermediate.rank != 0;
  if (writes && !in_place) own = std::make_unique<Tensor>(desc.intermediate, how.dst);
  const Tensor& t = own ? *own : x;
  if (writes) data.intermediate = t.data();
  std::vector<std::unique_ptr<Tensor>> y;
  for (int i = 0; i < desc.pool_count; ++i) {
    y.push_back(std::make_unique<Tensor>(plan->dst(i), how.dst));
    data.dst[i] = y.back()->data();
  }
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(workspace.surroundings_untouched());
  ChainOutputs out;
  if (writes) {
    CHECK(t.gaps_untouched());
    out.intermediate = t.read();
  }
  for (const auto& tensor : y) {
    CHECK(tensor->gaps_untouched());
    out.dst.push_back(tensor->read());
  }
  return out;
}

}  // namespace poolnorm::tests
