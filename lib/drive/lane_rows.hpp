// Rows of a tensor, of one image and a strip of channels, in the form of plan/lane_form.hpp.
#pragma once

#include <algorithm>
#include <cstdint>

#include "drive/view.hpp"
#include "plan/lane_form.hpp"

namespace poolnorm {

// Column c stands at data + c * step.
template <class T>
struct LaneRow {
  T* data;
  std::int64_t step;
};

// `width` channels of each of `columns` columns.
inline void convert_row(void (*kernel)(const ConvertArgs&), const void* src, std::int64_t src_step, void* dst,
                        std::int64_t dst_step, std::int64_t width, std::int64_t columns) noexcept {
  const bool run = columns == 1 || (src_step == width && dst_step == width);
  kernel({src, src_step, dst, dst_step, run ? 1 : columns, run ? columns * width : width});
}

class LaneRows {
 public:
  // `staged`: memory for tile_rows rows of `staged_row` bytes.
  LaneRows(const LaneForm& form, char* staged, std::int64_t staged_row) noexcept
      : form_(&form), staged_(staged), staged_row_(staged_row) {}

  void at(std::int64_t image, std::int64_t channel, std::int64_t channels) noexcept {
    image_ = image;
    channel_ = channel;
    channels_ = channels;
  }
  // Channels side by side.
  std::int64_t width() const noexcept { return form_->tiled ? tile_rows : channels_; }

  // Row (d, h) of t; `copy` has room for form.copy_bytes().
  LaneRow<const void> load(const View<const void>& t, std::int64_t d, std::int64_t h, std::int64_t columns,
                           char* copy) const noexcept {
    const void* const row = t.at(image_, channel_, d, h);
    if (!form_->copies()) return {row, t.strides[4]};
    if (!form_->tiled) {
      convert_row(form_->convert->widen, row, t.strides[4], copy, channels_, channels_, columns);
      return {copy, channels_};
    }
    const void* rows[tile_rows];
    for (std::int64_t r = 0; r < channels_; ++r) {
      rows[r] = t.at(image_, channel_ + r, d, h);
      if (form_->convert == nullptr) continue;
      convert_row(form_->convert->widen, rows[r], t.strides[4], staged_ + r * staged_row_, 1, 1, columns);
      rows[r] = staged_ + r * staged_row_;
    }
    for (std::int64_t r = channels_; r < tile_rows; ++r) rows[r] = rows[channels_ - 1];
    form_->to_tile(rows, columns, copy);
    return {copy, tile_rows};
  }

  // Where to make row (d, h) of t before it is store()d.
  LaneRow<void> target(const View<void>& t, std::int64_t d, std::int64_t h, char* copy) const noexcept {
    if (form_->copies()) return {copy, width()};
    return {t.at(image_, channel_, d, h), t.strides[4]};
  }
  void store(const View<void>& t, std::int64_t d, std::int64_t h, std::int64_t columns,
             const char* copy) const noexcept {
    if (!form_->copies()) return;
    if (!form_->tiled) {
      convert_row(form_->convert->narrow, copy, channels_, t.at(image_, channel_, d, h), t.strides[4], channels_,
                  columns);
      return;
    }
    void* rows[tile_rows];
    for (std::int64_t r = 0; r < channels_; ++r) {
      rows[r] = form_->convert == nullptr ? t.at(image_, channel_ + r, d, h) : staged_ + r * staged_row_;
    }
    form_->from_tile(copy, columns, rows, channels_);
    if (form_->convert == nullptr) return;
    for (std::int64_t r = 0; r < channels_; ++r) {
      convert_row(form_->convert->narrow, rows[r], 1, t.at(image_, channel_ + r, d, h), t.strides[4], 1, columns);
    }
  }

 private:
  const LaneForm* form_;
  char* staged_;
  std::int64_t staged_row_;
  std::int64_t image_ = 0, channel_ = 0, channels_ = 1;
};

}  // namespace poolnorm
