#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

/// The pyramid that holes are filled on.
namespace patchfill {

/// Red, green, blue, texture.
constexpr int CHANNELS = 4;
/// Pixels a side of a patch. A patch is named by its top left pixel, its anchor.
constexpr int SIDE = 6;
/// Above this side a level only refines what the coarser one found.
constexpr int SEARCH_SIDE = 900;
/// Above this side patches overlap by half.
constexpr int DENSE_SIDE = 1400;

/// What a pixel is: background, which may be copied; something else, neither copied nor compared; to be filled.
enum Role : uint8_t { SOURCE = 0, FOREIGN = 1, HOLE = 2 };

struct Level;

/// A smooth guess of the background's colour and texture everywhere, at a small size.
struct Guide {
  int width = 0, height = 0;
  /// The level that it was made on.
  int number = 0;
  std::vector<uint8_t> values;

  /// The four values at a pixel of any level.
  const uint8_t *at(const Level &level, int pixel) const;
};

/// One size of the picture.
struct Level {
  int width = 0, height = 0;
  /// Halvings from the finest level to this one.
  int number = 0;
  /// Shared by all levels.
  const Guide *guide = nullptr;
  /// Red, green, blue, texture.
  std::vector<uint8_t> pixels;
  std::vector<uint8_t> roles;
  /// 255 in all four bytes where a pixel may be compared, 0 for foreign ones; empty where there are none.
  std::vector<uint8_t> comparable;
  /// How deep a pixel lies in the hole, in city blocks, at most `DEEPEST`; 0 outside.
  std::vector<uint8_t> depth;
  /// Anchors are this far apart.
  int stride = 1;

  static constexpr int DEEPEST = 250;

  int count() const { return width * height; }

  void finish() {
    stride = std::max(width, height) > DENSE_SIDE ? 2 : 1;
    depth.assign(count(), 0);
    for (int p = 0; p < count(); p++) {
      if (roles[p] != HOLE) continue;
      int left = p % width ? depth[p - 1] : DEEPEST, up = p >= width ? depth[p - width] : DEEPEST;
      depth[p] = (uint8_t)std::min(DEEPEST, std::min(left, up) + 1);
    }
    for (int p = count() - 1; p >= 0; p--) {
      if (roles[p] != HOLE) continue;
      int right = p % width + 1 < width ? depth[p + 1] : DEEPEST;
      int down = p + width < count() ? depth[p + width] : DEEPEST;
      depth[p] = (uint8_t)std::min((int)depth[p], std::min(right, down) + 1);
    }
    if (std::find(roles.begin(), roles.end(), FOREIGN) == roles.end()) return;
    comparable.assign((size_t)count() * CHANNELS, 255);
    for (int p = 0; p < count(); p++)
      if (roles[p] == FOREIGN) std::fill_n(&comparable[(size_t)p * CHANNELS], CHANNELS, 0);
  }

  /// Lets go of everything but the size.
  void release() {
    for (auto *values : {&pixels, &roles, &comparable, &depth}) std::vector<uint8_t>().swap(*values);
  }

  /// Whether patches begin here. The last column and row count, so that every pixel is covered.
  bool isAnchor(int x, int y) const {
    return x >= 0 && y >= 0 && x <= width - SIDE && y <= height - SIDE && (x % stride == 0 || x == width - SIDE) &&
           (y % stride == 0 || y == height - SIDE);
  }

  int deepest() const { return *std::max_element(depth.begin(), depth.end()); }
};

inline const uint8_t *Guide::at(const Level &level, int pixel) const {
  const int fine = std::max(0, number - level.number), coarse = std::max(0, level.number - number);
  int x = std::min((pixel % level.width >> fine) << coarse, width - 1);
  int y = std::min((pixel / level.width >> fine) << coarse, height - 1);
  return &values[(size_t)(y * width + x) * CHANNELS];
}

/// Differences of brightness over a window of rows, by column: what the texture of one row is made of.
struct RowWindow {
  const Level &level;
  std::vector<int> sums, counts;

  explicit RowWindow(const Level &level) : level(level), sums(level.width, 0), counts(level.width, 0) {}

  /// Four times the brightness.
  int grey(int p) const {
    const uint8_t *at = &level.pixels[(size_t)p * CHANNELS];
    return at[0] + 2 * at[1] + at[2];
  }

  /// Counts row `y` in (`sign` 1) or out (-1): horizontal and vertical differences between source pixels.
  void take(int y, int sign) {
    const int w = level.width;
    if (y < 0 || y + 1 >= level.height) return;
    for (int x = 0; x + 1 < w; x++) {
      int p = y * w + x;
      if (level.roles[p] || level.roles[p + 1] || level.roles[p + w]) continue;
      sums[x] += sign * (std::abs(grey(p + 1) - grey(p)) + std::abs(grey(p + w) - grey(p)));
      counts[x] += sign;
    }
  }
};

/// Eight times the mean of horizontal and vertical differences over 9 x 9 source pixels, by running sums.
inline void addTexture(Level &level) {
  constexpr int RADIUS = 4;
  const int w = level.width;
  RowWindow rows(level);
  for (int y = 0; y < RADIUS; y++) rows.take(y, 1);
  for (int y = 0; y < level.height; y++) {
    rows.take(y + RADIUS, 1);
    rows.take(y - RADIUS - 1, -1);
    int sum = 0, count = 0;
    auto take = [&](int x, int sign) {
      if (x < 0 || x >= w) return;
      sum += sign * rows.sums[x];
      count += sign * rows.counts[x];
    };
    for (int x = 0; x < RADIUS; x++) take(x, 1);
    for (int x = 0; x < w; x++) {
      take(x + RADIUS, 1);
      take(x - RADIUS - 1, -1);
      level.pixels[(size_t)(y * w + x) * CHANNELS + 3] = (uint8_t)std::min(255, count > 0 ? 2 * sum / count : 0);
    }
  }
}

/// Half the size: the mean of each block's source pixels.
inline Level halved(const Level &fine) {
  Level level;
  level.number = fine.number + 1;
  level.width = (fine.width + 1) / 2;
  level.height = (fine.height + 1) / 2;
  level.pixels.assign((size_t)level.count() * CHANNELS, 0);
  level.roles.assign(level.count(), SOURCE);
  for (int y = 0; y < level.height; y++) {
    for (int x = 0; x < level.width; x++) {
      int sum[CHANNELS] = {0}, sources = 0, holes = 0, foreign = 0;
      for (int row = 2 * y; row < std::min(2 * y + 2, fine.height); row++) {
        for (int column = 2 * x; column < std::min(2 * x + 2, fine.width); column++) {
          int p = row * fine.width + column;
          holes += fine.roles[p] == HOLE;
          foreign += fine.roles[p] == FOREIGN;
          if (fine.roles[p] != SOURCE) continue;
          sources++;
          for (int c = 0; c < CHANNELS; c++) sum[c] += fine.pixels[(size_t)p * CHANNELS + c];
        }
      }
      int p = y * level.width + x;
      level.roles[p] = foreign ? FOREIGN : (holes >= 2 || !sources) ? HOLE : SOURCE;
      if (foreign && holes > foreign) level.roles[p] = HOLE;
      for (int c = 0; c < CHANNELS && sources; c++)
        level.pixels[(size_t)p * CHANNELS + c] = (uint8_t)((sum[c] + sources / 2) / sources);
    }
  }
  level.finish();
  return level;
}

inline std::vector<Level> pyramid(const uint8_t *rgb, const uint8_t *roles, int width, int height) {
  Level level;
  level.width = width;
  level.height = height;
  level.roles.assign(roles, roles + (size_t)width * height);
  level.pixels.resize((size_t)level.count() * CHANNELS);
  for (int p = 0; p < level.count(); p++) std::copy_n(rgb + (size_t)p * 3, 3, &level.pixels[(size_t)p * CHANNELS]);
  addTexture(level);
  level.finish();
  std::vector<Level> levels;
  levels.push_back(std::move(level));
  while (true) {
    const Level &last = levels.back();
    bool isThin = last.deepest() <= SIDE / 2 + 1 && std::max(last.width, last.height) <= SEARCH_SIDE;
    if (isThin || std::min(last.width, last.height) < 4 * SIDE) break;
    levels.push_back(halved(last));
  }
  return levels;
}

}  // namespace patchfill
