// A norm, an activation and a pool of one image, large enough to be shared out: what the hosts here run.
#pragma once

#include <poolnorm/poolnorm.hpp>

#include <cstdio>
#include <cstring>
#include <vector>

struct Layer {
  poolnorm::ChainPlan plan;
  std::vector<float> x, y;

  Layer() {
    const int channels = 64;
    const poolnorm::TensorDesc src = poolnorm::nhwc({1, channels, 56, 56});
    const std::vector<float> mean(channels, 0.5f), variance(channels, 4.0f);
    poolnorm::ChainDesc desc;
    desc.src = src;
    desc.before = poolnorm::Affine::batch_norm(mean, variance);
    desc.activation = poolnorm::hard_swish();
    desc.add(poolnorm::PoolOp::average, poolnorm::Window(3, 2, 1));
    poolnorm::Result<poolnorm::ChainPlan> made = poolnorm::ChainPlan::make(desc);
    if (!made) std::puts(made.message());
    plan = static_cast<poolnorm::ChainPlan&&>(made.value);
    x.resize(static_cast<std::size_t>(src.elements()));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7919 % 1009) / 128.0f - 4.0f;
    y = run(poolnorm::serial_executor());
  }

  // The output with this executor; empty, and a message, where it is refused.
  std::vector<float> run(const poolnorm::Executor& executor) const {
    std::vector<float> out(static_cast<std::size_t>(plan.dst().elements()));
    std::vector<char> workspace(plan.workspace_bytes(executor));
    const poolnorm::RunContext context{executor, workspace.data(), workspace.size()};
    const poolnorm::Status status = plan.run(x.data(), out.data(), context);
    if (status) return out;
    std::puts(status.message);
    return {};
  }

  bool agrees(const poolnorm::Executor& executor) const {
    const std::vector<float> out = run(executor);
    return !y.empty() && out.size() == y.size() && std::memcmp(out.data(), y.data(), y.size() * sizeof(float)) == 0;
  }
};
