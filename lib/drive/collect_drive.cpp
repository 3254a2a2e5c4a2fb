#include "drive/collect_drive.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "drive/index_drive.hpp"
#include "drive/lane_rows.hpp"
#include "drive/worker_memory.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const WayBackPlanData& plan;
  const void* src;
  const void* indices;
  void* dst;
};

class Collector {
 public:
  Collector(const Run& run, char* memory) noexcept
      : plan_(run.plan),
        p_(plan_.collect),
        i_(plan_.scatter.geometry),
        g_(i_.pool),
        windows_{run.src, g_.dst_strides, {}, size_of(g_.dst.type)},
        indices_{run.indices, i_.index_strides, {}, size_of(i_.type)},
        inputs_{run.dst, g_.src_strides, {}, size_of(g_.src.type)},
        rows_(p_.form, nullptr, 0) {
    const auto take = [&memory](std::int64_t bytes) {
      char* const at = memory;
      memory += bytes;
      return at;
    };
    places_ = take(plan_.window_rows() * plan_.places_bytes());
    gradients_ = take(plan_.window_rows() * plan_.gradients_bytes());
    sums_ = take(plan_.sums_bytes());
    seen_end_ = reinterpret_cast<std::int32_t*>(take(p_.blocks ? 0 : whole_lines(p_.band * 4)));
    seen_ = reinterpret_cast<CollectRow*>(memory);
    // Nowhere, and some gradient, beside the windows.
    if (p_.along()) std::memset(places_, 0, static_cast<std::size_t>(sums_ - places_));
  }

  // All rows of some channels of an image; whether every window's gradient found an input.
  bool channels(std::int64_t image, std::int64_t channel, std::int64_t channels) noexcept {
    std::int64_t found = 0;
    for (std::int64_t c = channel; c < channel + channels; c += p_.strip) {
      const std::int64_t width = std::min(p_.strip, channel + channels - c);
      for (std::int64_t d = 0; d < g_.d().in; ++d) {
        for (std::int64_t h = 0; h < g_.h().in; h += p_.band) {
          found += band(image, c, width, d, h, std::min(h + p_.band, g_.h().in));
        }
      }
    }
    return found == channels * g_.d().out * g_.h().out * g_.w().out;
  }

  // Rows [begin, end) of slice d of dst, at most a band, of at most a strip of channels; how many windows'
  // gradients found an input.
  std::int64_t band(std::int64_t image, std::int64_t channel, std::int64_t channels, std::int64_t d, std::int64_t begin,
                    std::int64_t end) noexcept {
    image_ = image;
    channel_ = channel;
    width_ = channels;
    rows_.at(image, channel, channels);
    if (seen_begin_ != begin || seen_end_row_ != end) seen_rows_ = p_.h.seen(begin, end);
    seen_begin_ = begin;
    seen_end_row_ = end;
    const SeenPlaces::Range oh = seen_rows_;
    if (p_.blocks) return blocks(oh, begin, end);
    std::int64_t step = width_;
    for (std::int64_t i = 0; i < p_.d.count[d]; ++i) {
      for (std::int64_t o = oh.first; o < oh.last; ++o) {
        const std::int64_t od = p_.d.first[d] + i * p_.d.step, row = i * p_.band_windows + o - oh.first;
        make_places(od, o, places(row));
        if (plan_.gradients_bytes() != 0) copy_gradients(od, o, gradients(row));
      }
    }
    if (plan_.gradients_bytes() == 0) step = windows_.strides[4];
    // The lists of a band's rows are those of every plane, unless they point into it.
    if (plan_.gradients_bytes() == 0 || listed_d_ != d || listed_begin_ != begin) list(d, begin, end, oh.first);
    listed_d_ = d;
    listed_begin_ = begin;
    return collect(d, begin, end, step);
  }

 private:
  std::int32_t* places(std::int64_t row) const noexcept {
    return reinterpret_cast<std::int32_t*>(places_ + row * plan_.places_bytes()) + p_.margin;
  }
  char* gradients(std::int64_t row) const noexcept {
    return gradients_ + row * plan_.gradients_bytes() + p_.margin * p_.form.lane_bytes;
  }

  // All, or none where one of them is wrong.
  std::int64_t blocks(SeenPlaces::Range oh, std::int64_t begin, std::int64_t end) noexcept {
    const Axis &h = g_.h(), &w = g_.w();
    const bool given = p_.names_given;
    for (std::int64_t o = oh.first; !given && o < oh.last; ++o) make_names(o, places_ + (o - oh.first) * plan_.places_bytes());
    const void* const names = given ? indices_.at(image_, channel_, 0, oh.first) : places_;
    const CollectBlockArgs a{windows_.at(image_, channel_, 0, oh.first),
                             windows_.strides[3],
                             windows_.strides[4],
                             static_cast<const std::uint8_t*>(names),
                             given ? indices_.strides[3] : plan_.places_bytes(),
                             given ? indices_.strides[4] : width_,
                             oh.first,
                             oh.last,
                             w.out,
                             w.kernel,
                             w.stride,
                             h.in,
                             w.in,
                             h.pad_begin,
                             w.pad_begin,
                             begin,
                             end,
                             width_,
                             inputs_.at(image_, channel_, 0, begin),
                             inputs_.strides[3],
                             inputs_.strides[4]};
    const bool right = (g_.walk == Walk::channels_last ? p_.kernels->blocks : p_.kernels->blocks_along)(a);
    const auto first_at = [&](std::int64_t row) { return row == 0 ? 0 : std::min(h.out, ceil_div(row + h.pad_begin, h.stride)); };
    return right ? (first_at(end) - first_at(begin)) * w.out * width_ : 0;
  }
  // Of the plane's first element, and what that of the next channel's plane adds.
  std::int64_t first_index() const noexcept { return (image_ * g_.c + channel_) * i_.step_plane; }
  std::int64_t element_rise() const noexcept { return width_ == 1 ? 0 : i_.step_plane; }
  void make_names(std::int64_t oh, char* names) const noexcept {
    const Axis& w = g_.w();
    const NamesArgs a{indices_.at(image_, channel_, 0, oh),
                      i_.index_strides[4],
                      w.out,
                      width_,
                      first_index() + g_.h().start(oh) * i_.step_h - w.pad_begin,
                      w.stride,
                      element_rise(),
                      w.kernel,
                      i_.step_h,
                      reinterpret_cast<std::uint8_t*>(names)};
    (i_.type == IndexType::i32 ? p_.kernels->names_i32 : p_.kernels->names_i64)(a);
  }
  // What was made in copies.
  void store_rows(std::int64_t d, std::int64_t begin, std::int64_t end) const noexcept {
    const std::int64_t row_bytes = p_.form.copy_bytes(g_.w().in, p_.strip);
    for (std::int64_t h = begin; p_.form.copies() && h < end; ++h) {
      rows_.store(inputs_, d, h, g_.w().in, sums_ + (h - begin) * row_bytes);
    }
  }

  void make_places(std::int64_t od, std::int64_t oh, std::int32_t* places) const noexcept {
    const bool in_window = i_.type == IndexType::u8;
    const PlacesArgs a{indices_.at(image_, channel_, od, oh),
                       i_.index_strides[4],
                       g_.w().out,
                       width_,
                       first_index(),
                       element_rise(),
                       in_window ? 255 : i_.plane,
                       places};
    const CollectKernels& k = *p_.kernels;
    (in_window ? k.places_u8 : i_.type == IndexType::i32 ? k.places_i32 : k.places_i64)(a);
  }
  void copy_gradients(std::int64_t od, std::int64_t oh, char* gradients) const noexcept {
    if (p_.form.copies()) {
      rows_.load(windows_, od, oh, g_.w().out, gradients);
    } else {
      std::memcpy(gradients, windows_.at(image_, channel_, od, oh),
                  static_cast<std::size_t>(g_.w().out * p_.form.lane_bytes));
    }
  }

  // What each row sees; rows of windows are kept from `first` on.
  void list(std::int64_t d, std::int64_t begin, std::int64_t end, std::int64_t first) noexcept {
    CollectRow* seen = seen_;
    for (std::int64_t h = begin; h < end; ++h) {
      for (std::int64_t i = 0; i < p_.d.count[d]; ++i) {
        for (std::int64_t k = 0; k < p_.h.count[h]; ++k) {
          const std::int64_t oh = p_.h.first[h] + k * p_.h.step, row = i * p_.band_windows + oh - first;
          const void* const there = plan_.gradients_bytes() != 0
                                        ? gradients(row)
                                        : windows_.at(image_, channel_, p_.d.first[d] + i * p_.d.step, oh);
          const std::int64_t place = 1 + p_.d.place[d] + i * p_.d.more + p_.h.place[h] + k * p_.h.more;
          *seen++ = {there, places(row), static_cast<std::int32_t>(place)};
        }
      }
      seen_end_[h - begin] = static_cast<std::int32_t>(seen - seen_);
    }
  }

  std::int64_t collect(std::int64_t d, std::int64_t begin, std::int64_t end, std::int64_t gradient_step) noexcept {
    const std::int64_t columns = g_.w().in;
    const bool copies = p_.form.copies();
    const std::int64_t row_bytes = p_.form.copy_bytes(columns, p_.strip);
    const LaneRow<void> to = rows_.target(inputs_, d, begin, sums_);
    const bool in_window = i_.type == IndexType::u8;
    const CollectArgs a{seen_,
                        seen_end_,
                        end - begin,
                        gradient_step,
                        columns,
                        width_,
                        p_.w.axis(),
                        to.data,
                        copies ? row_bytes / p_.form.lane_bytes : inputs_.strides[3],
                        to.step,
                        p_.phases,
                        g_.w().stride,
                        static_cast<std::int32_t>(in_window || !p_.along() ? 0 : g_.w().stride * i_.step_w)};
    const std::int64_t found = (p_.along() ? p_.kernels->collect_along : p_.kernels->collect)(a);
    store_rows(d, begin, end);
    return found;
  }

  const WayBackPlanData& plan_;
  const CollectPlanData& p_;
  const IndexGeometry& i_;
  const PoolGeometry& g_;
  const View<const void> windows_, indices_;
  const View<void> inputs_;
  LaneRows rows_;
  char *places_, *gradients_, *sums_;
  std::int32_t* seen_end_;
  CollectRow* seen_;
  std::int64_t image_ = 0, channel_ = 0, width_ = 1;
  std::int64_t listed_d_ = -1, listed_begin_ = -1;
  SeenPlaces::Range seen_rows_{};  // of the band's rows of inputs
  std::int64_t seen_begin_ = -1, seen_end_row_ = -1;
};

struct TaskRun {
  const Run& run;
  const WorkerMemory& memory;
};

void run_collect(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const TaskRun& t = *static_cast<const TaskRun*>(context);
  const PoolGeometry& g = t.run.plan.pool();
  const CollectPlanData& p = t.run.plan.collect;
  Collector collector(t.run, t.memory(worker));
  for (std::int64_t task = begin; task < end; ++task) {
    const std::int64_t row = task % p.bands * p.band, slices = task / p.bands, slabs = slices / g.d().in;
    const std::int64_t channel = slabs % p.slabs * p.strip;
    t.memory.count(worker, collector.band(slabs / p.slabs, channel, std::min(p.strip, g.c - channel),
                                          slices % g.d().in, row, std::min(row + p.band, g.h().in)));
  }
}

}  // namespace

std::int64_t drive_way_back(const WayBackPlanData& plan, const void* src, const void* indices, void* dst, char* workspace,
                            const Executor& executor) noexcept {
  if (plan.collects) {
    const Run run{plan, src, indices, dst};
    const std::int64_t bytes = plan.worker_bytes();
    const WorkerMemory memory(workspace, bytes, bytes, worker_count(executor));
    TaskRun tasks{run, memory};
    run_tasks(executor, plan.collect.tasks, plan.scatter.bytes, run_collect, &tasks);
    if (memory.total() == plan.collect.windows) return 0;
  }
  return drive_scatter(plan.scatter, src, indices, dst, workspace, executor);
}

std::int64_t way_back_channels(const WayBackPlanData& plan, const void* src, const void* indices, void* dst, std::int64_t begin,
                               std::int64_t end, std::int64_t channel, std::int64_t channels, const ImageMade& made,
                               char* memory) noexcept {
  std::int64_t skipped = 0;
  const Run run{plan, src, indices, dst};
  std::optional<Collector> collector;
  if (plan.collects) collector.emplace(run, memory + plan.scatter.worker_bytes());
  for (std::int64_t image = begin; image < end; ++image) {
    if (!collector || !collector->channels(image, channel, channels)) {
      skipped += scatter_channels(plan.scatter, src, indices, dst, image, channel, channels, memory);
    }
    made.call(made.self, image);
  }
  return skipped;
}

}  // namespace poolnorm
