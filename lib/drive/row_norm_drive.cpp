#include "drive/row_norm_drive.hpp"

#include <algorithm>

#include "drive/moments_drive.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Rows {
  const RowNormPlanData& p;
  const RowNormRun& run;
};

void run_row(const Rows& rows, std::int64_t row, const std::int64_t (&at)[slots]) noexcept {
  const RowNormPlanData& p = rows.p;
  const RowNormRun& run = rows.run;
  const void* src = p.data.at(run.src, at[slot_src]);
  void* const dst = p.data.at(run.dst, at[slot_dst]);
  if (p.has_residual) {
    void* const sum = p.has_sum ? p.data.at(run.sum, at[slot_mask]) : dst;
    p.kernels->add({src, p.data.at(run.residual, at[slot_residual]), sum, p.width});
    src = sum;
  }
  const Moments m = population_moments(p.centred ? p.moments->blocks : p.moments->squares, p.population,
                                       {p.data, src, nullptr, nullptr, {}});
  const Statistics statistics(m, p.epsilon);
  run.saved.save(row, statistics);
  const bool wide = p.data.wide();
  const OneNumber high(m.mean, wide), low(m.mean - rounded(m.mean, wide), wide);
  const std::int64_t parameters = row % p.parameter_period * p.width;
  AffineArgs a = {};
  a.src = src;
  a.dst = dst;
  a.mean = high.data();
  a.mean_low = low.data();
  a.invstd = statistics.invstd;
  a.scale = run.gamma.at(parameters);
  a.shift = run.beta.at(parameters);
  for (AffineLoop& loop : a.loops) loop = {1, 0, 0, 0, 0};
  a.width = p.width;
  a.stream = p.stream && src != dst;
  p.kernels->row(a);
}

void run_rows(void* self, std::int64_t begin, std::int64_t end, int) {
  const Rows& rows = *static_cast<const Rows*>(self);
  const RowNormPlanData& p = rows.p;
  const SequenceAxis& step = p.row_sequence.inner();
  std::int64_t row = begin * p.part;
  p.row_sequence.for_pieces(row, std::min(p.rows, end * p.part), [&](const SequencePiece& piece) {
    for (std::int64_t i = 0; i < piece.count; ++i, ++row) {
      std::int64_t at[slots];
      for (int t = 0; t < slots; ++t) at[t] = piece.offset[t] + i * step.step[t];
      run_row(rows, row, at);
    }
  });
}

}  // namespace

void drive_row_norm(const RowNormPlanData& plan, const RowNormRun& run, const Executor& executor) noexcept {
  Rows rows{plan, run};
  run_tasks(executor, plan.tasks, plan.bytes, run_rows, &rows);
}

}  // namespace poolnorm
