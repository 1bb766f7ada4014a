#include "io/montage.h"

#include <algorithm>
#include <cmath>

namespace cgan_jit::io {
namespace {

constexpr double pictures_top = 60, border = 12, gap = 2, letters = 4;  // letters: half of a digit's height

void draw(Pen& pen, const Montage& montage, double left, double width) {
  pen.text({border, 22}, Anchor::start, ink, montage.title);
  pen.text({left - 8, pictures_top - 8}, Anchor::end, grey, montage.row_name);
  const double column_width = width / static_cast<double>(montage.columns.size());
  for (size_t i = 0; i < montage.columns.size(); ++i) {
    const double middle = left + (static_cast<double>(i) + 0.5) * column_width;
    pen.text({middle, pictures_top - 8}, Anchor::middle, grey, montage.columns[i]);
  }
  double y = pictures_top;
  for (const auto& [name, strip] : montage.rows) {
    pen.text({left - 8, y + strip.height / 2.0 + letters}, Anchor::end, ink, name);
    pen.picture({left, y}, strip);
    y += strip.height + gap;
  }
}

}  // namespace

Drawing montage(Montage montage) {
  double left = text_width(montage.row_name), width = 0, height = pictures_top + border - gap;
  for (const auto& [name, strip] : montage.rows) {
    left = std::max(left, text_width(name));
    width = std::max(width, static_cast<double>(strip.width));
    height += strip.height + gap;
  }
  left = std::ceil(left) + border + 8;
  const double page = std::max(left + width, text_width(montage.title) + border) + border;
  return {page, height, [=, montage = std::move(montage)](Pen& pen) { draw(pen, montage, left, width); }};
}

}  // namespace cgan_jit::io
