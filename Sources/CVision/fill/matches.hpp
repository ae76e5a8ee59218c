#pragma once

#include "level.hpp"

namespace patchfill {

/// How much the smooth guess counts against the patches themselves. Chosen on composited scenes with truth.
constexpr int COLOUR_GUIDANCE = 6, TEXTURE_GUIDANCE = 40;
/// The larger, the less colours far off the guess cost more than in proportion. Without that a dark smooth corner of the
/// picture spreads in a hole on rough ground: it fits itself perfectly, and rough ground never does.
constexpr int COLOUR_TOLERANCE = 8;

/// What a patch from a place as much higher or lower as the picture is high costs more. Outdoors things at one height are
/// alike, sky above and ground below; without it a lake climbs into the sky behind a tower.
constexpr int HEIGHT_GUIDANCE = 3000;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random {
  uint64_t state;

  uint32_t next() {
    uint64_t mixed = state += 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
    return (uint32_t)((mixed ^ (mixed >> 31)) >> 32);
  }

  /// 0 up to `bound` (Lemire 2019).
  int below(int bound) { return (int)(((uint64_t)next() * (uint64_t)bound) >> 32); }
};

/// Which anchors of a level have only source pixels in their patch, and which touch the hole.
struct Anchors {
  /// In the order of rows, `level.stride` apart.
  std::vector<int> targets;
  std::vector<uint8_t> isSource;
  int sources = 0;

  explicit Anchors(const Level &level) : isSource(level.count(), 0) {
    const int w = level.width, h = level.height;
    // Pixels that are to be filled, and that are no source, in the rows of a patch, by column.
    std::vector<int> holes(w, 0), others(w, 0);
    auto take = [&](int y, int sign) {
      for (int x = 0; x < w; x++) {
        holes[x] += sign * (level.roles[y * w + x] == HOLE);
        others[x] += sign * (level.roles[y * w + x] != SOURCE);
      }
    };
    for (int y = 0; y < std::min(SIDE - 1, h); y++) take(y, 1);
    for (int y = 0; y + SIDE <= h; y++) {
      take(y + SIDE - 1, 1);
      int hole = 0, other = 0;
      for (int x = 0; x < w; x++) {
        hole += holes[x], other += others[x];
        int left = x + 1 - SIDE;
        if (left < 0) continue;
        if (hole) {
          if (level.isAnchor(left, y)) targets.push_back(y * w + left);
        } else if (!other) {
          isSource[y * w + left] = 1;
          sources++;
        }
        hole -= holes[left], other -= others[left];
      }
      take(y, -1);
    }
  }

  /// Any source anchor, each about as likely.
  int any(Random &random) const {
    const int n = (int)isSource.size();
    int p = random.below(n);
    for (int tries = 0; tries < 64 && !isSource[p]; tries++) p = random.below(n);
    while (!isSource[p]) p = (p + 1) % n;
    return p;
  }
};

/// For every target anchor the source anchor that is most like it, and how unlike that is.
struct Matches {
  const int width, height, stride, columns;
  std::vector<int> source, cost;

  explicit Matches(const Level &level)
      : width(level.width), height(level.height), stride(level.stride), columns(width / stride + 1),
        source((size_t)columns * (height / stride + 1), -1), cost(source.size(), 0) {}

  /// Where an anchor's match is kept. The last column and row are anchors out of step.
  size_t place(int x, int y) const {
    return (size_t)((y + stride - 1) / stride) * columns + (x + stride - 1) / stride;
  }
  size_t place(int anchor) const { return place(anchor % width, anchor / width); }
};

inline int rowCost(const uint8_t *a, const uint8_t *b) {
  int sum = 0;
  for (int i = 0; i < SIDE * CHANNELS; i++) sum += std::abs((int)a[i] - (int)b[i]);
  return sum;
}

inline int rowCost(const uint8_t *a, const uint8_t *b, const uint8_t *mask) {
  int sum = 0;
  for (int i = 0; i < SIDE * CHANNELS; i++) sum += std::abs((int)(a[i] & mask[i]) - (int)(b[i] & mask[i]));
  return sum;
}

/// How unlike the smooth guesses at two anchors are, and their heights.
inline int guideCost(const Level &level, int target, int source) {
  const int w = level.width, middle = (w + 1) * SIDE / 2;
  const uint8_t *a = level.guide->at(level, target + middle), *b = level.guide->at(level, source + middle);
  const int colour = std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
  const int rise = HEIGHT_GUIDANCE * std::abs(target / w - source / w) / level.height;
  return COLOUR_GUIDANCE * colour + colour * colour / COLOUR_TOLERANCE + TEXTURE_GUIDANCE * std::abs(a[3] - b[3]) + rise;
}

/// The cost of filling one patch with another, or some value of at least `limit` as soon as that is reached.
inline int patchCost(const Level &level, int target, int source, int limit) {
  int sum = guideCost(level, target, source);
  const bool isWhole = level.comparable.empty();
  for (int row = 0; row < SIDE && sum < limit; row++) {
    size_t at = (size_t)(target + row * level.width) * CHANNELS;
    const uint8_t *a = &level.pixels[at], *b = &level.pixels[(size_t)(source + row * level.width) * CHANNELS];
    sum += isWhole ? rowCost(a, b) : rowCost(a, b, &level.comparable[at]);
  }
  return sum;
}

/// Measures every match against the level's present colours.
inline void rate(const Level &level, const Anchors &anchors, Matches &matches) {
  for (int target : anchors.targets) {
    size_t place = matches.place(target);
    matches.cost[place] = patchCost(level, target, matches.source[place], INT32_MAX);
  }
}

/// Improves the matches: neighbours' offsets, then random places ever closer, in alternating directions.
inline void search(const Level &level, const Anchors &anchors, Matches &matches, int sweeps, int reach, Random &random) {
  const int w = level.width, h = level.height, n = (int)anchors.targets.size();
  rate(level, anchors, matches);
  for (int sweep = 0; sweep < sweeps; sweep++) {
    const int step = sweep & 1 ? level.stride : -level.stride;
    for (int k = 0; k < n; k++) {
      int target = anchors.targets[sweep & 1 ? n - 1 - k : k], x = target % w, y = target / w;
      size_t place = matches.place(x, y);
      int best = matches.source[place], least = matches.cost[place];
      auto attempt = [&](int candidate) {
        if (candidate < 0 || candidate >= level.count() || candidate == best || !anchors.isSource[candidate]) return;
        int cost = patchCost(level, target, candidate, least);
        if (cost < least) best = candidate, least = cost;
      };
      auto follow = [&](int dx, int dy) {
        if (!level.isAnchor(x + dx, y + dy)) return;
        int match = matches.source[matches.place(x + dx, y + dy)];
        if (match >= 0) attempt(match - dy * w - dx);
      };
      follow(step, 0);
      follow(0, step);
      for (int radius = reach; radius >= 1; radius /= 2) {
        int column = best % w + random.below(2 * radius + 1) - radius;
        int row = best / w + random.below(2 * radius + 1) - radius;
        if (column >= 0 && row >= 0 && column < w && row < h) attempt(row * w + column);
      }
      matches.source[place] = best;
      matches.cost[place] = least;
    }
  }
}

inline Matches randomMatches(const Level &level, const Anchors &anchors, Random &random) {
  Matches matches(level);
  for (int target : anchors.targets) matches.source[matches.place(target)] = anchors.any(random);
  return matches;
}

/// The anchor with a match that is nearest to a place of the coarser level, of those within 4 pixels; else -1.
inline int nearest(const Level &coarse, const Matches &known, int left, int top) {
  for (int ring = 0; ring < 4; ring++) {
    for (int row = std::max(0, top - ring); row <= std::min(coarse.height - 1, top + ring); row++) {
      for (int column = std::max(0, left - ring); column <= std::min(coarse.width - 1, left + ring); column++) {
        if (coarse.isAnchor(column, row) && known.source[known.place(column, row)] >= 0) return row * coarse.width + column;
      }
    }
  }
  return -1;
}

/// The coarser level's matches at twice the size; random where they lead nowhere.
inline Matches carried(const Level &level, const Anchors &anchors, const Level &coarse, const Matches &known, Random &random) {
  Matches matches(level);
  const int w = level.width, h = level.height;
  for (int target : anchors.targets) {
    int x = target % w, y = target / w;
    int &source = matches.source[matches.place(x, y)];
    int near = nearest(coarse, known, std::min(x / 2, coarse.width - SIDE), std::min(y / 2, coarse.height - SIDE));
    if (near >= 0) {
      int match = known.source[known.place(near)];
      int column = (match % coarse.width - near % coarse.width) * 2 + x;
      int row = (match / coarse.width - near / coarse.width) * 2 + y;
      for (int spread = 0; spread < 12; spread++) {
        int tryX = column + (spread ? random.below(9) - 4 : 0), tryY = row + (spread ? random.below(9) - 4 : 0);
        if (tryX < 0 || tryY < 0 || tryX >= w || tryY >= h || !anchors.isSource[tryY * w + tryX]) continue;
        source = tryY * w + tryX;
        break;
      }
    }
    if (source < 0) source = anchors.any(random);
  }
  return matches;
}

}  // namespace patchfill
