#include "drive/row_gradient_drive.hpp"

#include <algorithm>
#include <cstring>

#include "drive/moments_drive.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/checked.hpp"

namespace poolnorm {
namespace {

// Columns of a task that has not the whole row.
constexpr std::int64_t strip_columns = 512;
constexpr std::int64_t tasks_a_worker = 4;

// Workspace: the units' nodes, sums of g for every column, then those of g * d * invstd; then each worker's
// counter.
struct Layout {
  Layout(const RowNormPlanData& p, int workers) noexcept
      : units(cut(p.columns, workers == 1 ? 1 : tasks_a_worker * workers)),
        fused(units.count >= workers),
        strip(std::min(p.width, strip_columns)),
        strips(ceil_div(p.width, strip)) {
    const std::int64_t doubles = static_cast<std::int64_t>(sizeof(double));
    memory.shared = whole_lines(units.count * 2 * p.width * doubles);
    const std::int64_t of_unit = ChannelsCounter::doubles(units.leaves, fused ? p.width : strip);
    memory.worker = whole_lines(std::max(of_unit, ChannelsCounter::doubles(units.count, strip)) * doubles);
  }

  Units units;
  bool fused;
  std::int64_t strip, strips;
  RowGradientMemory memory;
};

// Rows of one leaf.
struct Leaf {
  std::int64_t count = 0;
  const void *x[leaf_rows], *g[leaf_rows];
  double centre[leaf_rows], invstd[leaf_rows];
  std::int64_t at_sum[leaf_rows], at_dst[leaf_rows];
};

class RowGradient {
 public:
  RowGradient(const RowNormPlanData& plan, const RowGradientRun& run, int workers, char* workspace) noexcept
      : p_(plan), run_(run), layout_(plan, workers), memory_(workspace) {}

  void operator()(const Executor& executor) noexcept {
    const bool parameters = run_.grad_gamma || run_.grad_beta;
    if (parameters && layout_.fused) {
      run_each<&RowGradient::fused_task>(executor, layout_.units.count, p_.bytes, *this);
    } else {
      if (parameters)
        run_each<&RowGradient::columns_task>(executor, layout_.units.count * layout_.strips, p_.bytes / 2, *this);
      run_each<&RowGradient::rows_task>(executor, p_.tasks, p_.bytes, *this);
    }
    if (parameters) run_each<&RowGradient::join_task>(executor, layout_.strips, layout_.units.count * p_.width * 16, *this);
  }

 private:
  double* node(std::int64_t unit) const noexcept { return reinterpret_cast<double*>(memory_) + unit * 2 * p_.width; }
  double* scratch(int worker) const noexcept {
    return reinterpret_cast<double*>(memory_ + layout_.memory.shared + worker * layout_.memory.worker);
  }

  double low(std::int64_t row) const noexcept { return run_.mean_low ? run_.mean_low[row] : 0.0; }

  Leaf leaf(std::int64_t begin, std::int64_t end) const noexcept {
    Leaf l;
    const SequenceAxis& step = p_.row_sequence.inner();
    p_.row_sequence.for_pieces(begin, end, [&](const SequencePiece& piece) {
      for (std::int64_t i = 0; i < piece.count; ++i, ++l.count) {
        const auto at = [&](Slot t) { return piece.offset[t] + i * step.step[t]; };
        const std::int64_t row = begin + l.count;
        l.x[l.count] = p_.data.at(run_.src, at(slot_src));
        l.g[l.count] = p_.data.at(run_.grad_dst, at(slot_residual));
        l.at_sum[l.count] = at(slot_mask);
        l.at_dst[l.count] = at(slot_dst);
        l.centre[l.count] = run_.mean ? run_.mean[row] + low(row) : 0.0;
        l.invstd[l.count] = run_.invstd[row];
      }
    });
    return l;
  }

  Moments row_sums(const Leaf& l, std::int64_t i) const noexcept {
    const BlocksKernel kernel = run_.gamma ? p_.gradients->weighted : p_.gradients->sums.blocks;
    return population_moments(kernel, p_.population, {p_.data, l.x[i], l.g[i], l.centre + i, run_.gamma});
  }

  void write_row(const Leaf& l, std::int64_t i, std::int64_t row, const Moments& sums) const noexcept {
    const double count = static_cast<double>(p_.width), invstd = l.invstd[i];
    const bool wide = p_.data.wide();
    const OneNumber mean(run_.mean ? run_.mean[row] : 0.0, wide), mean_low(low(row), wide);
    const OneNumber c1(p_.centred ? invstd * (sums.mean / count) : 0.0, wide);
    const OneNumber c2(invstd * invstd * invstd * (sums.m2 / count), wide);
    AffineArgs a = {};
    a.src = l.x[i];
    a.residual = l.g[i];
    a.dst = p_.data.at(run_.grad_src, l.at_dst[i]);
    a.mean = mean.data();
    a.mean_low = mean_low.data();
    a.invstd = &invstd;
    a.scale = run_.gamma.at(0);
    a.shift = c1.data();
    a.slopes = c2.data();
    a.also = p_.has_sum ? p_.data.at(run_.grad_sum, l.at_sum[i]) : nullptr;
    for (AffineLoop& loop : a.loops) loop = {1, 0, 0, 0, 0};
    a.width = p_.width;
    a.stream = p_.stream && a.dst != a.residual && a.dst != a.also;
    p_.gradients->row(a);
  }

  void sum_columns(const Leaf& l, std::int64_t c, std::int64_t width, double* to) const noexcept {
    p_.gradients->columns({l.x, l.g, l.centre, l.invstd, l.count, c, width, to, to + width});
  }

  // f(leaf, first row) of the rows [begin, end).
  template <class F>
  void for_leaves(std::int64_t begin, std::int64_t end, F f) const noexcept {
    for (; begin < end; begin += leaf_rows) f(leaf(begin, std::min(begin + leaf_rows, end)), begin);
  }
  template <class F>
  void for_leaves_of(std::int64_t unit, F f) const noexcept {
    for_leaves(layout_.units.begin(p_.columns, unit), layout_.units.end(p_.columns, unit), f);
  }

  void fused_task(std::int64_t unit, int worker) noexcept {
    ChannelsCounter counter(p_.gradients->sums, scratch(worker), p_.width);
    for_leaves_of(unit, [&](const Leaf& l, std::int64_t first) {
      Moments sums[leaf_rows];
      for (std::int64_t i = 0; i < l.count; ++i) sums[i] = row_sums(l, i);
      sum_columns(l, 0, p_.width, counter.next());
      counter.push(l.count);
      for (std::int64_t i = 0; i < l.count; ++i) write_row(l, i, first + i, sums[i]);
    });
    std::memcpy(node(unit), counter.total(), static_cast<std::size_t>(2 * p_.width) * sizeof(double));
  }

  void columns_task(std::int64_t task, int worker) noexcept {
    const std::int64_t unit = task / layout_.strips, c = task % layout_.strips * layout_.strip;
    const std::int64_t width = std::min(layout_.strip, p_.width - c);
    ChannelsCounter counter(p_.gradients->sums, scratch(worker), width);
    for_leaves_of(unit, [&](const Leaf& l, std::int64_t) {
      sum_columns(l, c, width, counter.next());
      counter.push(l.count);
    });
    copy_strip(counter.total(), width, width, node(unit) + c, p_.width);
  }

  void rows_task(std::int64_t task, int) noexcept {
    for_leaves(task * p_.part, std::min(p_.rows, (task + 1) * p_.part), [&](const Leaf& l, std::int64_t first) {
      for (std::int64_t i = 0; i < l.count; ++i) write_row(l, i, first + i, row_sums(l, i));
    });
  }

  void join_task(std::int64_t task, int worker) noexcept {
    const std::int64_t c = task * layout_.strip, width = std::min(layout_.strip, p_.width - c);
    ChannelsCounter counter(p_.gradients->sums, scratch(worker), width);
    for (std::int64_t unit = 0; unit < layout_.units.count; ++unit) {
      copy_strip(node(unit) + c, p_.width, width, counter.next(), width);
      counter.push(1);
    }
    const double* const sums = counter.total();
    for (std::int64_t i = 0; i < width; ++i) {
      if (run_.grad_beta) run_.grad_beta.set(c + i, sums[i]);
      if (run_.grad_gamma) run_.grad_gamma.set(c + i, sums[width + i]);
    }
  }

  // Two runs of `width` doubles, `from_step` apart.
  static void copy_strip(const double* from, std::int64_t from_step, std::int64_t width, double* to,
                         std::int64_t to_step) noexcept {
    const std::size_t bytes = static_cast<std::size_t>(width) * sizeof(double);
    std::memcpy(to, from, bytes);
    std::memcpy(to + to_step, from + from_step, bytes);
  }

  const RowNormPlanData& p_;
  const RowGradientRun& run_;
  Layout layout_;
  char* memory_;
};

}  // namespace

RowGradientMemory row_gradient_memory(const RowNormPlanData& plan, int workers) noexcept {
  return plan.empty ? RowGradientMemory{0, 0} : Layout(plan, workers).memory;
}

void drive_row_gradient(const RowNormPlanData& plan, const RowGradientRun& run, const Executor& executor,
                        char* workspace) noexcept {
  RowGradient(plan, run, worker_count(executor), workspace)(executor);
}

}  // namespace poolnorm
