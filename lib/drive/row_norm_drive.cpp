#include "drive/row_norm_drive.hpp"

#include <algorithm>

#include "drive/moments_drive.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

// Elements of a row whose tile stays in the second-level cache between its sums and its output.
constexpr std::int64_t widest_tile = 8192;

struct Rows {
  const RowNormPlanData& p;
  const RowNormRun& run;
};

// Moments of `count` rows, `step` apart; several are blocks one behind the other where they can be.
void rows_moments(const RowNormPlanData& p, const void* src, std::int64_t step, std::int64_t count,
                  Moments* to) noexcept {
  const BlocksKernel kernel = p.centred ? p.moments->blocks : p.moments->squares;
  if (count == 1 || step != p.width || p.width > block_elements || p.population.segments > 1) {
    for (std::int64_t r = 0; r < count; ++r) {
      to[r] = population_moments(kernel, p.population, {p.data, p.data.at(src, r * step), nullptr, nullptr, {}});
    }
    return;
  }
  double mean[rows_at_once], m2[rows_at_once];
  kernel({src, p.width, count, count * p.width, mean, m2, nullptr, nullptr, 0, nullptr});
  for (std::int64_t r = 0; r < count; ++r) to[r] = {p.width, mean[r], m2[r]};
}

// `count` rows, the first at `at`, the others `step` further on each.
void run_tile(const Rows& rows, std::int64_t row, std::int64_t count, const std::int64_t (&at)[slots],
              const std::int64_t (&step)[slots]) noexcept {
  const RowNormPlanData& p = rows.p;
  const RowNormRun& run = rows.run;
  const void* src = p.data.at(run.src, at[slot_src]);
  void* const dst = p.data.at(run.dst, at[slot_dst]);
  std::int64_t src_step = step[slot_src];
  if (p.has_residual) {
    void* const sum = p.has_sum ? p.data.at(run.sum, at[slot_mask]) : dst;
    const std::int64_t sum_step = step[p.has_sum ? slot_mask : slot_dst];
    const void* const residual = p.data.at(run.residual, at[slot_residual]);
    for (std::int64_t r = 0; r < count; ++r) {
      p.kernels->add({p.data.at(src, r * src_step), p.data.at(residual, r * step[slot_residual]),
                      p.data.at(sum, r * sum_step), p.width});
    }
    src = sum;
    src_step = sum_step;
  }
  Moments moments[rows_at_once];
  rows_moments(p, src, src_step, count, moments);
  const bool wide = p.data.wide();
  double invstd[rows_at_once];
  alignas(double) unsigned char means[2][rows_at_once * sizeof(double)];
  const MutableNumbers high(means[0], wide), low(means[1], wide);
  for (std::int64_t r = 0; r < count; ++r) {
    invstd[r] = invstd_of(moments[r], p.epsilon);
    run.saved.save(row + r, moments[r], invstd[r]);
    high.set(r, moments[r].mean);
    low.set(r, moments[r].mean - rounded(moments[r].mean, wide));
  }
  const std::int64_t parameters = row % p.parameter_period * p.width;
  AffineArgs a = {};
  a.src = src;
  a.dst = dst;
  a.mean = high.data();
  a.mean_low = low.data();
  a.invstd = invstd;
  a.scale = run.gamma.at(parameters);
  a.shift = run.beta.at(parameters);
  a.loops[2] = {count, src_step, 0, step[slot_dst], 0};
  a.width = p.width;
  a.stream = p.stream && src != dst;
  p.kernels->row(a);
}

void run_rows(void* self, std::int64_t begin, std::int64_t end, int) {
  const Rows& rows = *static_cast<const Rows*>(self);
  const RowNormPlanData& p = rows.p;
  const SequenceAxis& step = p.row_sequence.inner();
  const std::int64_t most = p.parameter_period == 1 && p.width <= widest_tile ? rows_at_once : 1;
  std::int64_t row = begin * p.part;
  p.row_sequence.for_pieces(row, std::min(p.rows, end * p.part), [&](const SequencePiece& piece) {
    for (std::int64_t i = 0, count = 0; i < piece.count; i += count, row += count) {
      count = std::min(most, piece.count - i);
      std::int64_t at[slots];
      for (int t = 0; t < slots; ++t) at[t] = piece.offset[t] + i * step.step[t];
      run_tile(rows, row, count, at, step.step);
    }
  });
}

}  // namespace

void drive_row_norm(const RowNormPlanData& plan, const RowNormRun& run, const Executor& executor) noexcept {
  Rows rows{plan, run};
  run_tasks(executor, plan.tasks, plan.bytes, run_rows, &rows);
}

}  // namespace poolnorm
